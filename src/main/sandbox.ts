import type { Handle } from '../adapters/koa/server.ts';
import { startSimulator } from '../simulator/simulator.ts';
import type { LiveConfig, SandboxConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { configWith, sandboxSecrets } from './sandbox-secrets.ts';

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
  const { appid, secret } = whole.wechat;
  const simulator = await startSimulator({ appid, secret: secret.reveal() });
  const config = { ...whole, wechat: { ...whole.wechat, baseUrl: simulator.url } };
  return {
    config,
    inFrontOf: (handle) => (request, response) =>
      (request.url?.startsWith('/_simulator/') ? simulator.handle : handle)(request, response),
    banner: (url) => banner(url, path, secrets),
    close: () => simulator.close(),
  };
}

function banner(url: string, path: string, secrets: Environment): string {
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

`;
}
