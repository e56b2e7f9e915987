import { randomBytes, randomInt } from 'node:crypto';
import { startSimulator } from './simulator.ts';
import { CONTROLS } from './controls.ts';

/** The simulator as a program of its own, for a server with SANDBOX=off or one in another language. */
const {
  SIMULATOR_HOST: host = '127.0.0.1',
  SIMULATOR_PORT = '4000',
  WECHAT_APPID: appid = `wx${randomBytes(8).toString('hex')}`,
  WECHAT_SECRET: secret = randomBytes(16).toString('hex'),
  WECHAT_PAY_MCHID: mchid = `19${randomInt(1e8).toString().padStart(8, '0')}`,
  WECHAT_PAY_V2_KEY: v2Key = randomBytes(16).toString('hex'),
} = process.env;

const simulator = await startSimulator(
  { appid, secret, pay: { mchid, v2Key } },
  { host, port: Number(SIMULATOR_PORT) },
);

console.log(`A WeChat of our own listens at ${simulator.url}. It is no WeChat: never use it for anything real.

Point a server at it with:
  SANDBOX=off STORAGE=memory SECRET_KEYS=k1:${randomBytes(32).toString('base64')} \\
  WECHAT_API_BASE_URL=${simulator.url} WECHAT_APPID=${appid} WECHAT_SECRET=${secret} \\
  WECHAT_PAY_API=v2 WECHAT_PAY_MCHID=${mchid} WECHAT_PAY_V2_KEY=${v2Key} \\
  MERCHANT_API_KEYS=shop:${randomBytes(24).toString('hex')} \\
  WECHAT_PAY_BASE_URL=${simulator.url} PUBLIC_BASE_URL=http://127.0.0.1:3000 npm start

Any code of the form dev-<name> logs in the user of that name. Its controls:`);
for (const [route, what] of Object.entries(CONTROLS)) console.log(`  ${route}\n      ${what}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
