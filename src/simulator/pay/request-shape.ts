/** What WeChat's client asks of time and nonce, whatever it is called with. */
export function wrongInCall(timeStamp: string, nonceStr: string): string | undefined {
  if (!/^[1-9]\d{9}$/.test(timeStamp)) return 'timeStamp is not Unix time in whole seconds';
  return /^[^\s]{1,32}$/.test(nonceStr) ? undefined : 'nonceStr is not 1 to 32 characters long';
}
