import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merchantFiles } from './merchant-files.ts';
import { startSimulator } from './simulator.ts';
import { CONTROLS } from './controls.ts';

/** The simulator as a program of its own, for a server with SANDBOX=off or one in another language. */
const {
  SIMULATOR_HOST: host = '127.0.0.1',
  SIMULATOR_PORT = '4000',
  SIMULATOR_FOLDER: folder = passingFolder(),
  WECHAT_APPID: appid = `wx${randomBytes(8).toString('hex')}`,
  WECHAT_SECRET: secret = randomBytes(16).toString('hex'),
  WECHAT_PAY_MCHID: mchid = `19${randomInt(1e8).toString().padStart(8, '0')}`,
  WECHAT_PAY_APP_APPID: appAppid = `wx${randomBytes(8).toString('hex')}`,
  WECHAT_PAY_V2_KEY: v2Key = randomBytes(16).toString('hex'),
  WECHAT_PAY_V3_KEY: v3Key = randomBytes(16).toString('hex'),
} = process.env;

const { files, v3 } = merchantFiles(folder, mchid, v3Key);

const simulator = await startSimulator(
  { appid, secret, pay: { mchid, v2Key, v3, appAppid } },
  { host, port: Number(SIMULATOR_PORT) },
);

const common = `SANDBOX=off STORAGE=memory SECRET_KEYS=k1:${randomBytes(32).toString('base64')} \\
  WECHAT_API_BASE_URL=${simulator.url} WECHAT_APPID=${appid} WECHAT_SECRET=${secret} \\
  WECHAT_PAY_MCHID=${mchid} WECHAT_PAY_APP_APPID=${appAppid} \\
  MERCHANT_API_KEYS=shop:${randomBytes(24).toString('hex')} \\
  WECHAT_PAY_BASE_URL=${simulator.url} PUBLIC_BASE_URL=http://127.0.0.1:3000`;

console.log(`A WeChat of our own listens at ${simulator.url}. It is no WeChat: never use it for anything real.

Point a server at it with version 2 of WeChat Pay:
  ${common} \\
  WECHAT_PAY_API=v2 WECHAT_PAY_V2_KEY=${v2Key} npm start

or with version 3, and its public key:
  ${common} \\
  WECHAT_PAY_API=v3 WECHAT_PAY_V3_KEY=${v3Key} \\
  WECHAT_PAY_CERT_FILE=${files.certificate} WECHAT_PAY_KEY_FILE=${files.key} \\
  WECHAT_PAY_PUBLIC_KEY_ID=${v3.publicKey?.id} WECHAT_PAY_PUBLIC_KEY_FILE=${files.publicKey} npm start

Without the last two variables the server fetches WeChat's certificates; have notices signed with them:
  curl -X PUT ${simulator.url}/_simulator/pay-v3/keys -d '{"sign_with":"certificate"}'

Any code of the form dev-<name> logs in the user of that name. Its controls:`);
for (const [route, what] of Object.entries(CONTROLS)) console.log(`  ${route}\n      ${what}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());

/** Nobody is to guess its name, and it is gone when the simulator is. */
function passingFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'wexagon-simulator-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}
