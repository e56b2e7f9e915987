import { randomBytes } from 'node:crypto';
import { startSimulator } from './simulator.ts';
import { CONTROLS } from './controls.ts';

/** The simulator as a program of its own, for a server with SANDBOX=off or one in another language. */
const {
  SIMULATOR_HOST: host = '127.0.0.1',
  SIMULATOR_PORT = '4000',
  WECHAT_APPID: appid = `wx${randomBytes(8).toString('hex')}`,
  WECHAT_SECRET: secret = randomBytes(16).toString('hex'),
} = process.env;

const simulator = await startSimulator({ appid, secret }, { host, port: Number(SIMULATOR_PORT) });

console.log(`A WeChat of our own listens at ${simulator.url}. It is no WeChat: never use it for anything real.

Point a server at it with:
  SANDBOX=off STORAGE=memory SECRET_KEYS=k1:${randomBytes(32).toString('base64')} \\
  WECHAT_API_BASE_URL=${simulator.url} WECHAT_APPID=${appid} WECHAT_SECRET=${secret} npm start

Any code of the form dev-<name> logs in the user of that name. Its controls:`);
for (const [route, what] of Object.entries(CONTROLS)) console.log(`  ${route}\n      ${what}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
