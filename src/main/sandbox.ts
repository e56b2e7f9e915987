import type { Handle } from '../adapters/koa/server.ts';
import { startSimulator } from '../simulator/simulator.ts';
import type { SimulatedApp } from '../simulator/world.ts';
import { certificateFor, type LiveConfig, type SandboxConfig } from './config.ts';
import type { Environment } from './environment.ts';
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
  const { path, secrets } = sandboxSecrets(dataFolder);
  const whole = configWith(secrets, environment);
  const inForce = Object.fromEntries(gapsIn(environment, secrets));
  const simulator = await startSimulator(simulatedApp(whole));
  const config = pointedAt(simulator.url, whole);
  return {
    config,
    inFrontOf: (handle) => (request, response) =>
      (request.url?.startsWith('/_simulator/') ? simulator.handle : handle)(request, response),
    banner: (url) => banner(url, { path, secrets: inForce, merchantKey: whole.merchantKeys[0]?.secret.reveal() ?? '' }),
    close: () => simulator.close(),
  };
}

function simulatedApp({ wechat, payments }: LiveConfig): SimulatedApp {
  const app = { appid: wechat.appid, secret: wechat.secret.reveal() };
  return payments ? { ...app, pay: { mchid: payments.mchid, v2Key: payments.key.reveal() } } : app;
}

const pointedAt = (url: string, { wechat, payments, ...rest }: LiveConfig): LiveConfig => ({
  ...rest,
  wechat: { ...wechat, baseUrl: url },
  payments: payments && {
    ...payments,
    baseUrl: url,
    backupBaseUrl: url,
    certificate: certificateFor(url, payments.certificate),
  },
});

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
