import type { Handle } from '../adapters/koa/server.ts';
import { startSimulator } from '../simulator/simulator.ts';
import type { SimulatedMerchant } from '../simulator/pay/merchant.ts';
import type { SimulatedApp } from '../simulator/world.ts';
import type { LiveConfig, SandboxConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { certificateFor, type PaymentConfig } from './payment-config.ts';
import { sandboxWechatKey } from './sandbox-keys.ts';
import { configWith, gapsIn, sandboxSecrets } from './sandbox-secrets.ts';

export interface Sandbox {
  /** The configuration, made whole with what the sandbox brings. */
  readonly config: LiveConfig;
  /** Lets the simulator's controls be reached at the server's own address. */
  inFrontOf(handle: Handle): Handle;
  banner(url: string): string;
  close(): Promise<void>;
}

/** A WeChat of our own and secrets of our own, so that everything runs with nothing configured. */
export async function openSandbox(environment: Environment, { dataFolder }: SandboxConfig): Promise<Sandbox> {
  const { path, secrets } = sandboxSecrets(dataFolder, environment);
  const whole = configWith(secrets, environment);
  const inForce = Object.fromEntries(gapsIn(environment, secrets));
  const wechatKey = whole.payments?.v3 ? sandboxWechatKey(dataFolder) : null;
  const simulator = await startSimulator(simulatedApp(whole, wechatKey));
  const config = pointedAt(simulator.url, whole, wechatKey);
  return {
    config,
    inFrontOf: (handle) => (request, response) =>
      (request.url?.startsWith('/_simulator/') ? simulator.handle : handle)(request, response),
    banner: (url) => banner(url, { path, secrets: inForce, merchantKey: whole.merchantKeys[0]?.secret.reveal() ?? '' }),
    close: () => simulator.close(),
  };
}

type WechatKey = ReturnType<typeof sandboxWechatKey> | null;

function simulatedApp({ wechat, payments }: LiveConfig, wechatKey: WechatKey): SimulatedApp {
  const app = { appid: wechat.appid, secret: wechat.secret.reveal() };
  return payments?.v2 ? { ...app, pay: simulatedMerchant(payments, payments.v2, wechatKey) } : app;
}

function simulatedMerchant(
  { mchid, v3 }: PaymentConfig,
  { key, appAppid }: NonNullable<PaymentConfig['v2']>,
  publicKey: WechatKey,
): SimulatedMerchant {
  return {
    mchid,
    v2Key: key.reveal(),
    ...(appAppid !== null && { appAppid }),
    ...(v3 && publicKey && { v3: { key: v3.key.reveal(), certificate: v3.certificate.cert, publicKey } }),
  };
}

function pointedAt(url: string, { wechat, payments, ...rest }: LiveConfig, wechatKey: WechatKey): LiveConfig {
  const hosts = { baseUrl: url, backupBaseUrl: url };
  return {
    ...rest,
    wechat: { ...wechat, baseUrl: url },
    payments: payments && {
      ...payments,
      ...hosts,
      v2: payments.v2 && { ...payments.v2, ...hosts, certificate: certificateFor(url, payments.certificate) },
      v3: payments.v3 && { ...payments.v3, ...hosts, publicKey: wechatKey },
    },
  };
}

interface Shown {
  readonly path: string;
  readonly secrets: Environment;
  readonly merchantKey: string;
}

function banner(url: string, { path, secrets, merchantKey }: Shown): string {
  const json = `-H 'content-type: application/json'`;
  const login = `curl -s ${url}/v1/login ${json} -d '{"code":"dev-alice"}'`;
  const bearer = `-H "authorization: Bearer $(${login} | grep -o 'mpt_[0-9A-Za-z]*')"`;
  return `
  Wexagon SANDBOX at ${url}
  With a WeChat of its own: nobody is really logged in here, and no money is real.
  Set WECHAT_APPID and its kin to leave the sandbox; README tells how.

  Secrets made for it, kept in ${path}:
${Object.entries(secrets)
  .map(([name, value]) => `    ${name}=${value}`)
  .join('\n')}

  Try, for instance:

${login}

curl -s ${url}/v1/me ${bearer}

curl -s -X POST ${url}/_simulator/users/alice/user-info | curl -s ${url}/v1/me/profile ${json} -d @- ${bearer}

${paymentLines(url, json, bearer, merchantKey)}

`;
}

/** A merchant orders, Alice pays, and the merchant sees it. */
function paymentLines(url: string, json: string, bearer: string, merchantKey: string): string {
  const merchant = `-H 'authorization: Bearer ${merchantKey}'`;
  const coffee = '"description":"Cafe-Latte","amount":{"total":1800}';
  return `NO=coffee-$(date +%s)

curl -s ${url}/v1/merchant/orders ${json} ${merchant} -d '{"out_trade_no":"'$NO'",${coffee}}'

curl -s -X POST ${url}/v1/orders/$NO/pay ${bearer} | curl -s ${url}/_simulator/pay -d @-

curl -s ${url}/v1/merchant/orders/$NO ${merchant}`;
}
