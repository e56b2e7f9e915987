import { createPublicKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { PlatformKeys } from '../../src/adapters/wechat/pay-v3/platform-keys.ts';
import type { PayV3Settings } from '../../src/adapters/wechat/pay-v3/v3-settings.ts';
import { systemClock } from '../../src/adapters/system/system-clock.ts';
import type { MchId } from '../../src/domain/order/order.ts';
import { Secret } from '../../src/domain/secret.ts';
import { checkKeys } from '../../src/main/commands/doctor-keys.ts';
import { KeptCertificates, PUBLIC_KEY_ID, settingsTo, STRANGERS_KEY } from '../support/scripted-pay-v3.ts';
import { MERCHANT, simulatedPay } from '../support/simulated-wechat-pay.ts';
import { SIMULATED_V3 } from '../support/v3-merchant.ts';

async function looking(differences: Partial<PayV3Settings> = {}): Promise<string> {
  const { url } = await simulatedPay(SIMULATED_V3);
  const settings = settingsTo(url, { mchid: MERCHANT, ...differences });
  return checkKeys(settings, new PlatformKeys(settings, systemClock, new KeptCertificates()), systemClock);
}

const strange = createPublicKey(STRANGERS_KEY);

it('is content with WeChat’s public key', async () => {
  expect(await looking()).toBe(`${PUBLIC_KEY_ID}, 2048 bits; WeChat Pay takes our signature`);
});

it('is content with certificates that the APIv3 key opens', async () => {
  expect(await looking({ publicKey: null })).toMatch(/^certificates, good until \d{4}-\d\d-\d\d; WeChat Pay takes/);
});

it.each<[what: string, Partial<PayV3Settings>, says: RegExp]>([
  ['a mistyped id of the public key', { publicKey: { id: 'PUB_KEY_ID_0000', key: strange } }, /PARAM_ERROR/],
  [
    'another merchant’s certificate',
    { certificate: { ...settingsTo('').certificate, serialNumber: '00AA' } },
    /SIGN_ERROR/,
  ],
  ['another 商户号', { mchid: '1900000001' as MchId }, /answers [A-Z_]+ to what we sign/],
  ['another APIv3 key', { publicKey: null, key: new Secret('x'.repeat(32)) }, /./],
])('tells of %s', async (_what, differences, says) => {
  await expect(looking(differences)).rejects.toThrow(says);
});
