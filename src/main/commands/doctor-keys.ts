import type { PlatformKeys } from '../../adapters/wechat/pay-v3/platform-keys.ts';
import { V3Calls } from '../../adapters/wechat/pay-v3/v3-calls.ts';
import type { PayV3Settings } from '../../adapters/wechat/pay-v3/v3-settings.ts';
import type { Clock } from '../../domain/clock.ts';

/** What WeChat Pay's answers are verified with, and whether it takes our signature. Throws what is wrong, in a sentence. */
export async function checkKeys(settings: PayV3Settings, keys: PlatformKeys, clock: Clock): Promise<string> {
  const found = await checkWechatKey(settings, keys);
  await checkSignature(settings, keys, clock);
  return `${found}; WeChat Pay takes our signature`;
}

/** Its public key, or certificates, which only the right APIv3 key opens. */
async function checkWechatKey({ publicKey }: PayV3Settings, keys: PlatformKeys): Promise<string> {
  if (publicKey) return `${publicKey.id}, ${publicKey.key.asymmetricKeyDetails?.modulusLength} bits`;
  await keys.refresh();
  const end = keys.expiresAt();
  if (!end) throw new Error('WeChat Pay has no certificate for this merchant. Set WECHAT_PAY_PUBLIC_KEY_ID.');
  return `certificates, good until ${end.toISOString().slice(0, 10)}`;
}

/** Whoever is told that there is no such order has been understood: mchid, serial numbers and signature are right. */
const NOT_THERE = new Set(['ORDERNOTEXIST', 'RESOURCENOTEXISTS', 'NOTFOUND']);

async function checkSignature(settings: PayV3Settings, keys: PlatformKeys, clock: Clock): Promise<void> {
  const path = `/v3/pay/transactions/out-trade-no/wexagon-doctor?mchid=${settings.mchid}`;
  const answer = await new V3Calls(settings, clock, keys).ask('query', { method: 'GET', path }, (heard) => heard);
  if (answer.kind === 'unknown') throw answer.outage;
  if (answer.kind === 'success' || NOT_THERE.has(answer.code.replaceAll('_', ''))) return;
  throw new Error(
    `WeChat Pay answers ${answer.code} to what we sign. Look at the serial numbers, the keys and the clock.`,
  );
}
