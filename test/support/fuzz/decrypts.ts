import { createPublicKey } from 'node:crypto';
import { WechatMiniProgram } from '../../../src/adapters/wechat/mini-program/wechat-mini-program.ts';
import { readV2RefundNotice } from '../../../src/adapters/wechat/pay-v2/v2-refund-notice.ts';
import { openAead, sealAead, UnreadableAead } from '../../../src/adapters/wechat/protocol/aead.ts';
import { writeFlatXml } from '../../../src/adapters/wechat/protocol/flat-xml.ts';
import { openOaep, sealOaep, UnreadableOaep } from '../../../src/adapters/wechat/protocol/oaep.ts';
import { signRawData } from '../../../src/adapters/wechat/protocol/raw-data.ts';
import { sealRefundNotice } from '../../../src/adapters/wechat/protocol/refund-notice-seal.ts';
import { encryptUserData } from '../../../src/adapters/wechat/protocol/user-data.ts';
import type { OpenId } from '../../../src/domain/account/account.ts';
import { CannotUnseal } from '../../../src/domain/account/session-key-vault.ts';
import { SECOND } from '../../../src/domain/clock.ts';
import { OUT_TRADE_NO_SHAPE } from '../../../src/domain/order/out-trade-no.ts';
import { OUT_REFUND_NO_SHAPE } from '../../../src/domain/order/refund.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { SessionKeyStale, type UserData } from '../../../src/domain/session/mini-program-gateway.ts';
import { APPID, MCHID, NOON } from '../samples.ts';
import { vaultOf } from '../stage.ts';
import type { Chance } from '../storm/chance.ts';
import { V2_KEY } from '../test-config.ts';
import { V3_KEY, WECHAT_KEY } from '../v3-merchant.ts';
import { mutated } from './mutations.ts';
import { type Fate, Finding, shortened, type Target, unlessRefused } from './target.ts';
import { REFUND_FIELDS, REFUND_NOTICE_FIELDS } from './v2-samples.ts';

/** What is opened, each thing by its name. */
export interface Openers {
  readonly aead: typeof openAead;
  readonly oaep: typeof openOaep;
}

/**
 * Everything that is sealed. Where the seal proves what is in it, there is what was sealed or the refusal that is declared;
 * where it proves nothing (CBC, ECB), what is read has its shape at least, and nobody believes it.
 */
export function decryptsTarget({ aead = openAead, oaep = openOaep }: Partial<Openers> = {}): Target {
  const openings: readonly ((chance: Chance) => Fate)[] = [
    (chance) => openResource(chance, aead),
    openRefundNotice,
    openEnvelope,
    openSessionKey,
  ];
  return {
    name: 'decrypts',
    // RSA takes its time.
    attempt: (chance) => (chance.is(0.03) ? openField(chance, oaep) : chance.oneOf(openings)(chance)),
  };
}

/** Every so often all of it is as it was sealed. */
const bent = <Sealed extends readonly string[]>(chance: Chance, parts: Sealed): Sealed => {
  if (chance.is(0.05)) return parts;
  const which = chance.from(0, parts.length - 1);
  return parts.map((part, place) =>
    place === which || chance.is(0.1) ? mutated(chance, part) : part,
  ) as unknown as Sealed;
};

/** What was sealed comes out of what it was sealed as, and nothing out of anything else. */
function provenFate(opened: string | undefined, sealed: string, isWhole: boolean): Fate {
  if (opened !== undefined && opened !== sealed) throw new Finding(`opened as ${shortened(opened)}`);
  if (opened !== undefined && !isWhole) throw new Finding('opened, although it is not what was sealed');
  if (opened === undefined && isWhole) throw new Finding('not opened, although it is what was sealed');
  return opened === undefined ? 'refused' : 'accepted';
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.every((part, place) => part === other[place]);

/** Key, nonce, what is not sealed and what is. */
type Parts = readonly [string, string, string, string];

const RESOURCE = JSON.stringify({ out_trade_no: 'coffee-0001', trade_state: 'SUCCESS', amount: { total: 888 } });
const SEALED = sealAead(V3_KEY, RESOURCE, { nonce: '61f9c719728a', associated_data: 'transaction' });
const RESOURCE_PARTS: Parts = [V3_KEY, SEALED.nonce, SEALED.associated_data ?? '', SEALED.ciphertext];

function openResource(chance: Chance, open: typeof openAead): Fate {
  const parts = bent(chance, RESOURCE_PARTS);
  const [key, nonce, associated_data, ciphertext] = chance.is(0.05) ? withShortTag(chance) : parts;
  const opened = unlessRefused(() => open(key, { nonce, associated_data, ciphertext }).toString(), UnreadableAead);
  return provenFate(opened, RESOURCE, isSame([key, nonce, associated_data, ciphertext], RESOURCE_PARTS));
}

/** Of a tag of four bytes, one in four thousand million would be right. */
function withShortTag(chance: Chance): Parts {
  const [key, nonce, associated_data, ciphertext] = RESOURCE_PARTS;
  const sealed = Buffer.from(ciphertext, 'base64');
  const short = sealed.subarray(0, sealed.length - 16 + chance.oneOf([0, 4, 8, 12, 13, 14, 15]));
  return [key, nonce, associated_data, short.toString('base64')];
}

const NAME = '张三';
const SEALED_NAME = sealOaep(NAME, createPublicKey(WECHAT_KEY));

function openField(chance: Chance, open: typeof openOaep): Fate {
  const [base64] = bent(chance, [SEALED_NAME] as const);
  const opened = unlessRefused(() => open(base64, WECHAT_KEY), UnreadableOaep);
  return provenFate(opened, NAME, base64 === SEALED_NAME);
}

const VAULT = vaultOf('k1', 'k0');
const SESSION_KEY = Buffer.alloc(16, 9).toString('base64');
const OWNER = { appid: APPID, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' as OpenId };
const BOX = VAULT.seal(new Secret(SESSION_KEY), OWNER);

function openSessionKey(chance: Chance): Fate {
  const whole = [BOX.keyId, BOX.box, OWNER.appid, OWNER.openid] as const;
  const [keyId, box, appid, openid] = bent(chance, whole);
  const opened = unlessRefused(() => VAULT.unseal({ keyId, box }, { appid, openid }).reveal(), CannotUnseal);
  // The box is read leniently: what matters is its bytes.
  const bytes = Buffer.from(box, 'base64').toString('base64');
  return provenFate(opened, SESSION_KEY, isSame([keyId, bytes, appid, openid], whole));
}

const READER = {
  appid: APPID,
  appAppid: null,
  mchid: MCHID,
  key: new Secret(V2_KEY),
  signType: 'HMAC-SHA256',
} as const;
const REFUND = writeFlatXml(Object.entries(REFUND_FIELDS)).replace('<xml>', '<root>').replace('</xml>', '</root>');
const REQ_INFO = sealRefundNotice(REFUND, V2_KEY);

function openRefundNotice(chance: Chance): Fate {
  const isInside = chance.is(0.3);
  const [reqInfo] = isInside ? [sealRefundNotice(mutated(chance, REFUND), V2_KEY)] : bent(chance, [REQ_INFO] as const);
  const reading = readV2RefundNotice(new Map([...Object.entries(REFUND_NOTICE_FIELDS), ['req_info', reqInfo]]), READER);
  if (reading.kind !== 'refund') {
    if (reqInfo === REQ_INFO) throw new Finding(`${reading.kind}, although it is what was sealed`);
    return 'refused';
  }
  const { outRefundNo, outTradeNo, signed } = reading.notice;
  const isShaped = OUT_TRADE_NO_SHAPE.test(outTradeNo) && OUT_REFUND_NO_SHAPE.test(outRefundNo);
  if (!isShaped || signed !== null) throw new Finding(`a refund notice of ${shortened(reading.notice)}`);
  return 'accepted';
}

const IV = Buffer.alloc(16, 7).toString('base64');
const RAW_DATA = JSON.stringify({
  nickName: '爱丽丝',
  gender: 2,
  city: '深圳',
  avatarUrl: 'https://thirdwx.qlogo.cn/x',
});
const watermark = { appid: APPID, timestamp: NOON.getTime() / SECOND };
const USER_DATA = JSON.stringify({ openId: OWNER.openid, ...JSON.parse(RAW_DATA), watermark });
const ENVELOPE = [
  encryptUserData(USER_DATA, SESSION_KEY, IV),
  IV,
  RAW_DATA,
  signRawData(RAW_DATA, SESSION_KEY),
  SESSION_KEY,
] as const;

const WECHAT = new WechatMiniProgram(
  {
    appid: APPID,
    secret: new Secret(''),
    baseUrl: 'http://127.0.0.1:1',
    deadline: SECOND,
    watermarkMaxAge: 300 * SECOND,
  },
  { now: () => NOON },
);

/** A user can bend an envelope of their own, outside and, in effect, inside. */
function openEnvelope(chance: Chance): Fate {
  const [sealed, iv, rawData, signature, key] = bent(chance, ENVELOPE);
  const isInside = chance.is(0.3);
  const encryptedData = isInside ? encryptUserData(mutated(chance, USER_DATA), SESSION_KEY, IV) : sealed;
  const envelope = { encryptedData, iv, ...(chance.is(0.5) && { rawData, signature }) };
  const read = unlessRefused(() => WECHAT.openUserData(envelope, new Secret(key)), SessionKeyStale);
  const isWhole = isSame([encryptedData, iv, rawData, signature, key], ENVELOPE);
  if (!read && isWhole) throw new Finding('refused, although it is what was sealed');
  if (read && !isShaped(read)) throw new Finding(`user data of another shape: ${shortened(read)}`);
  return read ? 'accepted' : 'refused';
}

function isShaped({ openid, profile: { gender, ...texts } }: UserData): boolean {
  const isText = (text: unknown) =>
    text === undefined ||
    (typeof text === 'string' && text.length <= 2_048 && text.isWellFormed() && !text.includes('\0'));
  const isGender = gender === undefined || gender === 0 || gender === 1 || gender === 2;
  return (openid === null || typeof openid === 'string') && isGender && Object.values(texts).every(isText);
}
