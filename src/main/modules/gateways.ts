import { NoPayments } from '../../adapters/wechat/payments-off.ts';
import { WechatPayV2 } from '../../adapters/wechat/pay-v2/wechat-pay-v2.ts';
import { PlatformKeys } from '../../adapters/wechat/pay-v3/platform-keys.ts';
import type { PayV3Settings } from '../../adapters/wechat/pay-v3/v3-settings.ts';
import { WechatPayV3 } from '../../adapters/wechat/pay-v3/wechat-pay-v3.ts';
import { SideBySide } from '../../adapters/wechat/side-by-side.ts';
import type { Clock } from '../../domain/clock.ts';
import type { LiveConfig } from '../config.ts';
import { moduleOf } from '../container.ts';
import { type Gateways, TOKENS as T } from '../tokens.ts';

/** The ways to WeChat Pay: the one for new orders, and the other for those that came by it. */
export const gatewaysModule = moduleOf((bind) => {
  bind.made(T.platformKeys, { config: T.config, clock: T.clock, certificates: T.platformCertificates }, (needs) => {
    const settings = v3Settings(needs.config);
    return settings && new PlatformKeys(settings, needs.clock, needs.certificates);
  });
  bind.made(T.gateways, { config: T.config, clock: T.clock, keys: T.platformKeys }, gatewaysOf);
  bind.made(T.payments, { config: T.config, gateways: T.gateways }, ({ config, gateways }) => {
    const current = config.payments && gateways[config.payments.api];
    return current ? new SideBySide(current, gateways) : new NoPayments();
  });
  bind.made(T.noticeReaders, { gateways: T.gateways }, ({ gateways: { v2, v3 } }) => ({
    v2: v2 ?? new NoPayments(),
    v3: v3 ?? new NoPayments(),
  }));
});

const V2_NOTICES = '/notify/wechat-pay/v2/payment';
const V2_REFUND_NOTICES = '/notify/wechat-pay/v2/refund';
const V3_NOTICES = '/notify/wechat-pay/v3';

/** Where WeChat Pay sends its notices, behind PUBLIC_BASE_URL. */
export const noticePaths = ({ payments }: LiveConfig): readonly string[] => [
  ...(payments?.v2 ? [V2_NOTICES, V2_REFUND_NOTICES] : []),
  ...(payments?.v3 ? [V3_NOTICES] : []),
];

interface Needs {
  readonly config: LiveConfig;
  readonly clock: Clock;
  readonly keys: PlatformKeys | null;
}

function gatewaysOf({ config, clock, keys }: Needs): Gateways {
  const { payments, publicBaseUrl } = config;
  const v3 = v3Settings(config);
  const urls = {
    notifyUrl: `${publicBaseUrl}${V2_NOTICES}`,
    refundNotifyUrl: `${publicBaseUrl}${V2_REFUND_NOTICES}`,
  };
  return {
    ...(payments?.v2 && { v2: new WechatPayV2({ ...payments.v2, ...urls }, clock) }),
    ...(v3 && keys && { v3: new WechatPayV3(v3, clock, keys) }),
  };
}

export const v3Settings = ({ payments, publicBaseUrl }: LiveConfig): PayV3Settings | null =>
  payments?.v3 ? { ...payments.v3, notifyUrl: `${publicBaseUrl}${V3_NOTICES}` } : null;
