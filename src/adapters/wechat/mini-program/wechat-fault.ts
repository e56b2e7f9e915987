/** What may be known of a failed call: never its URL, which carries the app secret, and never a body. */
export class WechatFault extends Error {
  override readonly name = 'WechatFault';
  readonly errcode: number | undefined;
  /** WeChat's own number of the request, to quote to its support. */
  readonly rid: string | undefined;

  constructor(message: string, { errcode, rid }: { errcode?: number; rid?: string | undefined } = {}) {
    super(message);
    this.errcode = errcode;
    this.rid = rid;
  }
}
