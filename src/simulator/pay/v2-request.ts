import { readFlatXml, UnreadableXml } from '../../adapters/wechat/protocol/flat-xml.ts';
import { isSignedV2, type V2Fields, type V2SignType } from '../../adapters/wechat/protocol/v2-signature.ts';
import { REQUEST_LIMIT } from '../request-bytes.ts';
import type { SimulatedMerchant } from './merchant.ts';
import { faultIn, text, needed } from './v2-rules.ts';

export interface V2Request {
  /** Without the empty ones, which count as absent. */
  readonly fields: V2Fields;
  /** The algorithm of the request, of its answer, and of the notices of the order that it places. */
  readonly signType: V2SignType;
  /** The mini program's, or the app's. */
  readonly appid: string;
}

/** Nothing was executed: said without a signature, for it is not known yet who asks. */
export interface Refusal {
  readonly refusal: string;
}

export const SIGN_ERROR = '签名错误';

const ENVELOPE = { appid: needed(text(32)), mch_id: needed(text(32)), nonce_str: needed(text(32)) };

export function readV2Request(
  method: string,
  bytes: Uint8Array | 'too long',
  appid: string,
  { mchid, v2Key, appAppid }: SimulatedMerchant,
): V2Request | Refusal {
  if (method !== 'POST') return { refusal: '请使用post方法' };
  const fields = fieldsIn(bytes);
  if ('refusal' in fields) return fields;
  const wrong = faultIn(fields, ENVELOPE);
  if (wrong) return { refusal: wrong.description };
  const signType = signTypeOf(fields);
  if (!signType) return { refusal: 'sign_type参数格式错误' };
  if (fields.get('mch_id') !== mchid) return { refusal: '商户号mch_id不存在' };
  if (!isSignedV2(fields, v2Key, signType)) return { refusal: SIGN_ERROR };
  const named = fields.get('appid') ?? '';
  if (named !== appid && named !== appAppid) return { refusal: '商户号mch_id与appid不匹配' };
  return { fields, signType, appid: named };
}

function fieldsIn(bytes: Uint8Array | 'too long'): V2Fields | Refusal {
  if (bytes === 'too long') return { refusal: 'XML格式错误' };
  if (bytes.byteLength === 0) return { refusal: 'post数据为空' };
  try {
    const fields = readFlatXml(bytes, 'xml', { maxBytes: REQUEST_LIMIT });
    return new Map([...fields].filter(([, value]) => value !== ''));
  } catch (error) {
    if (error instanceof UnreadableXml) return { refusal: 'XML格式错误' };
    throw error;
  }
}

function signTypeOf(fields: V2Fields): V2SignType | undefined {
  const signType = fields.get('sign_type') ?? 'MD5';
  return signType === 'MD5' || signType === 'HMAC-SHA256' ? signType : undefined;
}
