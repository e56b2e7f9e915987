import { isUtf8 } from 'node:buffer';
import type { Context } from 'koa';
import { isFresh } from '../../adapters/wechat/protocol/v3-headers.ts';
import { isSignedV3, readAuthorizationV3, v3RequestMessage } from '../../adapters/wechat/protocol/v3-signature.ts';
import { failed, type V3Answer } from './v3-answer.ts';
import type { Signer, V3Platform } from './v3-platform.ts';

export interface V3Request {
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
  /** What the body is in JSON; undefined for a GET. */
  readonly body: unknown;
  /** Whose key its sensitive fields are sealed for. */
  readonly sealedFor: string | undefined;
  /** What the answer is signed with. */
  readonly signer: Signer;
  /** The address that the caller knows this WeChat by. */
  readonly origin: string;
}

export interface Refused {
  readonly refusal: V3Answer;
}

/** Takes a request of the merchant, and nobody else's. What was sent is what was signed, byte for byte. */
export function readV3Request(
  ctx: Context,
  bytes: Buffer | 'too long',
  mchid: string,
  platform: V3Platform,
): V3Request | Refused {
  if (bytes === 'too long' || !isUtf8(bytes)) return refused('PARAM_ERROR', '请求体过大或不是UTF-8');
  const refusal = unsigned(ctx, bytes.toString(), mchid, platform) ?? illMannered(ctx, bytes);
  if (refusal) return refusal;
  const [sealedFor, ...others] = valuesOf(ctx.req.rawHeaders, 'wechatpay-serial');
  const signer = others.length > 0 ? undefined : platform.signerFor(sealedFor);
  if (!signer) return refused('PARAM_ERROR', 'Http头Wechatpay-Serial错误，请使用正确的微信支付公钥ID或平台证书序列号');
  const body = parsed(bytes);
  if (body === UNREADABLE) return refused('PARAM_ERROR', '请求体不是JSON对象');
  const { params, URL: url, protocol, host } = ctx;
  return { params, query: url.searchParams, body, sealedFor, signer, origin: `${protocol}://${host}` };
}

const refused = (code: string, message: string, detail?: object): Refused => ({
  refusal: failed(code, message, detail),
});

/** The clock is looked at before the signature is. */
function unsigned(
  { req, method }: Context,
  body: string,
  mchid: string,
  { merchant }: V3Platform,
): Refused | undefined {
  const header = valuesOf(req.rawHeaders, 'authorization');
  const authorization = header.length === 1 ? readAuthorizationV3(header[0]!) : undefined;
  if (!authorization) return refused('SIGN_ERROR', FORMLESS);
  const { timestamp, nonce, signature, serialNumber } = authorization;
  if (authorization.mchid !== mchid)
    return refused('SIGN_ERROR', '商户号不存在', detailOf('mchid', authorization.mchid));
  if (!/^[0-9A-Za-z_-]{1,64}$/.test(nonce)) return refused('SIGN_ERROR', FORMLESS, detailOf('nonce_str', nonce));
  if (!isFresh(timestamp, new Date())) return refused('SIGN_ERROR', STALE, detailOf('timestamp', timestamp));
  if (serialNumber !== merchant.serial) return refused('SIGN_ERROR', STRANGE, detailOf('serial_no', serialNumber));
  const message = v3RequestMessage({ method, url: req.url ?? '', timestamp, nonce, body });
  if (isSignedV3(Buffer.from(message), signature, merchant.key)) return undefined;
  return refused('SIGN_ERROR', '错误的签名，验签失败', {
    ...detailOf('signature', signature),
    detail: { issue: 'sign not match' },
    sign_information: { method, url: req.url, truncated_sign_message: message.slice(0, 100) },
  });
}

const FORMLESS = 'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》';
const STALE = 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟';
const STRANGE = '商户证书序列号有误。请使用签名私钥匹配的证书序列号';

const detailOf = (field: string, value: string) => ({ location: 'authorization', field, value });

function illMannered(ctx: Context, bytes: Buffer): Refused | undefined {
  const accepted = ctx.get('accept').split(',').map(mediaType);
  const isUnderstood = accepted.some((type) => type === 'application/json' || type === '*/*');
  if (!isUnderstood || ctx.get('user-agent') === '') return refused('PARAM_ERROR', 'Http头缺少Accept或User-Agent');
  const isJson = mediaType(ctx.get('content-type')) === 'application/json';
  if (ctx.method === 'POST' && !isJson) return refused('PARAM_ERROR', 'Http头Content-Type必须为application/json');
  return ctx.method === 'POST' || bytes.length === 0 ? undefined : refused('PARAM_ERROR', 'GET请求不能有请求体');
}

const mediaType = (text: string): string => text.split(';')[0]!.trim().toLowerCase();

/** As they came, for Node joins repeated ones or lets them go. */
const valuesOf = (raw: readonly string[], wanted: string): string[] =>
  raw.filter((_value, index) => index % 2 === 1 && raw[index - 1]!.toLowerCase() === wanted);

const UNREADABLE = Symbol('unreadable');

function parsed(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return UNREADABLE;
  }
}
