/** Decodes base64 and nothing that merely looks like it: no blanks, no missing padding, no stray bits. */
export function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
