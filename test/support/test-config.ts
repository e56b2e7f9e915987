import { type LiveConfig, parseConfig } from '../../src/main/config.ts';
import type { Environment } from '../../src/main/environment.ts';

export const MERCHANT_KEY = 'the-key-of-a-merchant-backend-long-enough';
export const V2_KEY = '192006250b4c09247ec02edce69f6a2d';

/** A configuration for real, with values for a test. */
export function testConfig(environment: Environment = {}): LiveConfig {
  const config = parseConfig({
    WECHAT_APPID: 'wx4f4bc4dec97d474b',
    WECHAT_SECRET: 'the app secret',
    WECHAT_API_BASE_URL: 'http://127.0.0.1:1',
    SECRET_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    WECHAT_PAY_API: 'v2',
    WECHAT_PAY_MCHID: '1900000109',
    WECHAT_PAY_V2_KEY: V2_KEY,
    WECHAT_PAY_BASE_URL: 'http://127.0.0.1:1',
    PUBLIC_BASE_URL: 'https://shop.example',
    MERCHANT_API_KEYS: `shop:${MERCHANT_KEY}`,
    STORAGE: 'memory',
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_API: 'off',
    ...environment,
  });
  if (config.sandbox) throw new Error('a test configuration is no sandbox');
  return config;
}
