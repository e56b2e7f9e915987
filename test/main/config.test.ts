import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/domain/clock.ts';
import { BadConfiguration, parseConfig } from '../../src/main/config.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { sandboxSecrets } from '../../src/main/sandbox-secrets.ts';
import { VARIABLES } from '../../src/main/variables.ts';
import { lastingFolder, temporaryFolder } from '../support/storages.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };

const KEY = Buffer.alloc(32, 7).toString('base64');
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const LIVE = { WECHAT_APPID: 'wx1', WECHAT_SECRET: 'app-secret', SECRET_KEYS: `k1:${KEY}` };

const PAYMENTS = {
  WECHAT_PAY_API: 'v2',
  WECHAT_PAY_MCHID: '1900000109',
  WECHAT_PAY_V2_KEY: 'pay-key'.padEnd(32, 'x'),
  PUBLIC_BASE_URL: 'https://shop.example/',
  MERCHANT_API_KEYS: `shop:${'merchant-secret'.padEnd(40, 'x')}`,
};

const pems = () => {
  const { javaMerchantCert, javaMerchantPrivateKey } = certificates.shared;
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const wechatpayPublicKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { javaMerchantCert, javaMerchantPrivateKey, wechatpayPublicKey };
};

const weakPublicKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();

const ecPublicKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString();

function faultsOf(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  try {
    parseConfig(environment);
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error;
    return Object.fromEntries(error.faults.map(({ variable, message }) => [variable, message]));
  }
  return {};
}

describe('the files of the merchant certificate', () => {
  const {
    javaMerchantCert: CERT,
    javaMerchantPrivateKey: PRIVATE_KEY,
    goPemPrivateKey: OTHER_KEY,
  } = certificates.shared;

  /** What is wrong with files of that content; null where there is none. */
  function faultsIn(cert: string | null, key: string | null): Record<string, string> {
    const folder = temporaryFolder();
    const [WECHAT_PAY_CERT_FILE, WECHAT_PAY_KEY_FILE] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    if (cert !== null) writeFileSync(WECHAT_PAY_CERT_FILE, cert);
    if (key !== null) writeFileSync(WECHAT_PAY_KEY_FILE, key);
    return faultsOf({ ...LIVE, ...PAYMENTS, WECHAT_PAY_CERT_FILE, WECHAT_PAY_KEY_FILE });
  }

  it('are a pair', () => expect(faultsIn(CERT, PRIVATE_KEY)).toEqual({}));

  it.each([
    ['a key that is none', CERT, 'nothing', ['WECHAT_PAY_KEY_FILE'], /holds no private key/],
    ['a key of another certificate', CERT, OTHER_KEY, ['WECHAT_PAY_KEY_FILE'], /is not the key of the certificate/],
    ['a key that is not there', CERT, null, ['WECHAT_PAY_KEY_FILE'], /missing/],
    ['a certificate that is none', 'nothing', PRIVATE_KEY, ['WECHAT_PAY_CERT_FILE'], /holds no certificate/],
    ['both swapped', PRIVATE_KEY, CERT, ['WECHAT_PAY_CERT_FILE', 'WECHAT_PAY_KEY_FILE'], /swapped/],
    ['neither there', null, null, ['WECHAT_PAY_CERT_FILE', 'WECHAT_PAY_KEY_FILE'], /missing/],
  ])('are named for what is wrong with them: %s', (_what, cert, key, variables, message) => {
    const faults = faultsIn(cert, key);
    expect(Object.keys(faults)).toEqual(variables);
    for (const fault of Object.values(faults)) expect(fault).toMatch(message);
  });
});

describe('the configuration', () => {
  it('needs nothing: then it is a sandbox on SQLite', () => {
    expect(parseConfig({})).toMatchObject({
      sandbox: true,
      host: '127.0.0.1',
      port: 3000,
      storage: { kind: 'sqlite', path: './data/wexagon.db' },
      dataFolder: './data',
    });
  });

  it('is for real as soon as WECHAT_APPID is set', () => {
    expect(parseConfig(LIVE)).toMatchObject({
      sandbox: false,
      wechat: { appid: 'wx1', baseUrl: 'https://api.weixin.qq.com', watermarkMaxAge: 5 * MINUTE },
      sessions: { ttl: 30 * DAY, idleTtl: 7 * DAY, singleDevice: false },
      rateLimits: { login: 10, loginTotal: 3_000, api: 120 },
      secretKeys: [{ id: 'k1' }],
    });
  });

  it('takes durations, limits and words', () => {
    const given = { SESSION_TTL: '12h', SESSION_IDLE_TTL: '90s', WATERMARK_MAX_AGE: 'off', RATE_LIMIT_LOGIN: 'off' };
    expect(parseConfig({ ...LIVE, ...given, SESSION_SINGLE_DEVICE: 'true', STORAGE: 'memory' })).toMatchObject({
      sessions: { ttl: 12 * HOUR, idleTtl: 90_000, singleDevice: true },
      wechat: { watermarkMaxAge: Infinity },
      rateLimits: { login: null, loginTotal: 3_000, api: 120 },
      storage: { kind: 'memory' },
    });
  });

  it('holds what is empty for absent, as compose files leave it', () => {
    expect(parseConfig({ WECHAT_APPID: '', PORT: '', SANDBOX: '' })).toMatchObject({ sandbox: true, port: 3000 });
  });

  it('names all faults at once', () => {
    const faults = faultsOf({
      SANDBOX: 'off',
      PORT: '70000',
      STORAGE: 'papyrus',
      SESSION_TTL: 'soon',
      SECRET_KEYS: 'k1',
    });
    expect(Object.keys(faults).toSorted()).toEqual([
      'PORT',
      'SECRET_KEYS',
      'SESSION_TTL',
      'STORAGE',
      'WECHAT_APPID',
      'WECHAT_SECRET',
    ]);
  });

  it.each(['constructor', '__proto__', 'toString'])('is asked for nothing that %s would need', (word) => {
    const faults = faultsOf({ ...LIVE, STORAGE: word, WECHAT_PAY_API: word });
    expect(faults).toEqual({
      STORAGE: 'must be one of memory, sqlite, postgres, mongo',
      WECHAT_PAY_API: 'must be one of off, v2, v3',
    });
  });

  it.each([
    ['PORT', ['-1', '65536', '3000.5', 'http', '0x10', '1e3', ' 3000']],
    ['TRUSTED_PROXY_HOPS', ['-1', '11', 'all', '1.5']],
    ['STORAGE', ['redis', 'SQLITE', 'memory ']],
    ['SQLITE_PATH', [':memory:']],
    ['POSTGRES_URL', ['localhost', 'mysql://x', 'postgres:', 'postgresql://']],
    ['MONGODB_URL', ['localhost', 'http://x', 'mongodb://h', 'mongodb://h/', 'mongodb://h/?w=1', 'mongodb://h/d?w=1']],
    ['SESSION_TTL', ['0d', '30', '-1d', '1w', '1.5h', '30 d', '1000000d']],
    ['SESSION_IDLE_TTL', ['off', '0s']],
    ['WATERMARK_MAX_AGE', ['none', '0', '5']],
    ['SESSION_SINGLE_DEVICE', ['yes', '1', 'TRUE']],
    ['SANDBOX', ['yes', 'true', 'ON']],
    ['LOG_LEVEL', ['verbose', 'INFO']],
    [
      'PUBLIC_BASE_URL',
      ['shop.example', 'http://shop.example', 'https://shop.example/?a=1', 'https://shop.example/#a'],
    ],
    ['MERCHANT_API_KEYS', ['shop', 'shop:short', `shop:${KEY},`, `a:${KEY},a:${KEY}`, `a b:${KEY}`, `:${KEY}`]],
    ['WECHAT_PAY_API', ['v1', 'V2', 'on']],
    ['WECHAT_PAY_MCHID', ['shop', '19 00', '1'.repeat(33)]],
    ['WECHAT_PAY_BASE_URL', ['http://api.mch.weixin.qq.com', 'api.mch.weixin.qq.com']],
    ['WECHAT_PAY_V2_KEY', ['short', 'x'.repeat(31), 'x'.repeat(33), `${'x'.repeat(31)} `]],
    ['WECHAT_PAY_V3_KEY', ['short', 'x'.repeat(31), 'x'.repeat(33), `${'x'.repeat(31)} `]],
    ['WECHAT_PAY_APP_APPID', ['wx 1', 'x'.repeat(65)]],
    ['WECHAT_PAY_V2_SIGN_TYPE', ['md5', 'SHA256', 'RSA']],
    ['WECHAT_PAY_V2_REPORT', ['yes', '1']],
    ['LATE_PAYMENT', ['reject', 'ACCEPT']],
    ['WEBHOOK_SECRET', ['secret', 'whsec_', 'whsec_c2hvcnQ=', `${WEBHOOK_SECRET},`, `${WEBHOOK_SECRET}x`]],
    ['WEBHOOK_ALLOW_INTERNAL', ['a b', '10.0.0.0/33', 'http://erp', '10.0.0.0/8,']],
    ['RATE_LIMIT_LOGIN', ['0', '-5', 'none', '1.5']],
    ['RATE_LIMIT_API', ['0', '10000000']],
    ['WECHAT_APPID', ['wx 1', 'wx1&secret=x', 'x'.repeat(65)]],
    ['WECHAT_API_BASE_URL', ['http://api.weixin.qq.com', 'ftp://x', 'api.weixin.qq.com', 'http://127.0.0.1.evil.com']],
    [
      'SECRET_KEYS',
      ['k1', 'k1:', `:${KEY}`, `k1:${KEY}x`, 'k1:c2hvcnQ=', `k1:${KEY},`, `k1:${KEY},k1:${KEY}`, `k 1:${KEY}`],
    ],
  ])('%s takes no %j, and the fault does not repeat it', (variable, values) => {
    for (const value of values) {
      const faults = faultsOf({ ...LIVE, [variable]: value });
      expect(Object.keys(faults), value).toEqual([variable]);
      expect(faults[variable]).toMatch(/^must /);
      if (value.length > 5 && variable.startsWith('SECRET')) expect(faults[variable]).not.toContain(value);
    }
  });

  it('never repeats a value, whatever it is', () => {
    const names = Object.keys(VARIABLES.shape);
    const value = fc.string({ minLength: 6, unit: 'grapheme-ascii' }).map((text) => `~${text}~`);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (environment) => {
        const text = JSON.stringify(faultsOf(environment));
        for (const given of Object.values(environment)) expect(text).not.toContain(given);
      }),
      { numRuns: 500 },
    );
  });

  it('either parses or throws BadConfiguration, for any environment', () => {
    const names = [...Object.keys(VARIABLES.shape), 'SECRET_KEYS_FILE', 'WECHAT_SECRET_FILE', '__proto__'];
    const environment = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(fc.string(), fc.constantFrom('on', 'off', '1d', '1')),
    );
    fc.assert(
      fc.property(environment, (given) => void faultsOf(given)),
      { numRuns: 500 },
    );
  });

  it('takes payments where it is told everything that takes', () => {
    const given = { ...LIVE, ...PAYMENTS };
    expect(parseConfig(LIVE)).toMatchObject({ payments: null, publicBaseUrl: null, merchantKeys: [] });
    expect(parseConfig(given)).toMatchObject({
      publicBaseUrl: 'https://shop.example',
      merchantKeys: [{ name: 'shop' }],
      payments: {
        api: 'v2',
        mchid: '1900000109',
        v2: { signType: 'HMAC-SHA256', reports: false, certificate: null, appAppid: null },
        v3: null,
        baseUrl: 'https://api.mch.weixin.qq.com',
        backupBaseUrl: 'https://api2.mch.weixin.qq.com',
      },
    });
    for (const name of ['WECHAT_PAY_MCHID', 'WECHAT_PAY_V2_KEY', 'PUBLIC_BASE_URL', 'MERCHANT_API_KEYS']) {
      const { [name]: _, ...rest } = given as Record<string, string>;
      expect(faultsOf(rest)).toEqual({ [name]: 'is needed where WECHAT_PAY_API is v2' });
    }
  });

  it('never ends up at WeChat’s own spare host when it was told another host', () => {
    const elsewhere = parseConfig({ ...LIVE, ...PAYMENTS, WECHAT_PAY_BASE_URL: 'http://127.0.0.1:4000' });
    expect(elsewhere).toMatchObject({ payments: { backupBaseUrl: 'http://127.0.0.1:4000' } });
    const both = { WECHAT_PAY_BASE_URL: 'https://a.example', WECHAT_PAY_BACKUP_BASE_URL: 'https://b.example' };
    expect(parseConfig({ ...LIVE, ...PAYMENTS, ...both })).toMatchObject({
      payments: { baseUrl: 'https://a.example', backupBaseUrl: 'https://b.example' },
    });
  });

  it('shows no secret when it is printed', () => {
    const config = parseConfig({ ...LIVE, ...PAYMENTS });
    for (const shown of [inspect(config, { depth: 9 }), JSON.stringify(config)]) {
      for (const secret of ['app-secret', KEY, 'pay-key', 'merchant-secret']) expect(shown).not.toContain(secret);
    }
  });

  it('keeps several keys, the first of them to seal', () => {
    const other = Buffer.alloc(32, 8).toString('base64');
    expect(parseConfig({ ...LIVE, SECRET_KEYS: `k2:${other}, k1:${KEY}` })).toMatchObject({
      secretKeys: [{ id: 'k2' }, { id: 'k1' }],
    });
  });
});

describe('webhooks', () => {
  const given = { ...LIVE, WEBHOOK_URL: 'https://shop.example/hook', WEBHOOK_SECRET };

  it('are sent where there is a receiver, signed by each of the secrets, and by none that could be printed', () => {
    const { webhooks } = parseConfig({ ...given, WEBHOOK_SECRET: `${WEBHOOK_SECRET}, ${WEBHOOK_SECRET}` });
    expect(webhooks).toMatchObject({ url: 'https://shop.example/hook', allowed: { hosts: [] } });
    expect(webhooks!.keys).toHaveLength(2);
    expect(JSON.stringify(webhooks) + inspect(webhooks, { depth: 9 })).not.toContain(WEBHOOK_SECRET.slice(6, 20));
    expect(parseConfig(LIVE).webhooks).toBeNull();
    expect(parseConfig({ ...LIVE, WEBHOOK_SECRET }).webhooks).toBeNull();
  });

  it('need a secret', () => {
    expect(faultsOf({ ...given, WEBHOOK_SECRET: undefined })).toEqual({
      WEBHOOK_SECRET: 'is needed where WEBHOOK_URL is given',
    });
  });

  it.each([
    ['here', undefined],
    ['http://shop.example/hook', undefined],
    ['https://user:pass@shop.example/', undefined],
    ['https://127.0.0.1/', undefined],
    ['https://2852039166/', undefined],
    ['https://[::ffff:10.0.0.1]/', undefined],
    ['https://shop.example:22/', undefined],
    ['http://127.0.0.1:9001/', '127.0.0.1:9000'],
    ['http://erp.internal/', '10.0.0.0/8'],
  ])('do not go to %s where %s is allowed besides', (url, allowed) => {
    const faults = faultsOf({ ...given, WEBHOOK_URL: url, WEBHOOK_ALLOW_INTERNAL: allowed });
    expect(Object.keys(faults)).toEqual(['WEBHOOK_URL']);
    expect(faults.WEBHOOK_URL).not.toContain(url);
  });

  it.each([
    ['http://127.0.0.1:9000/', '127.0.0.1:9000'],
    ['http://erp.internal:8080/hook', 'other, erp.internal'],
    ['https://10.1.2.3/', '10.0.0.0/8'],
    ['https://shop.example:8443/', undefined],
  ])('go to %s where %s is allowed besides', (url, allowed) => {
    expect(faultsOf({ ...given, WEBHOOK_URL: url, WEBHOOK_ALLOW_INTERNAL: allowed })).toEqual({});
  });
});

describe('a storage that is elsewhere', () => {
  it.each([
    ['postgres', 'POSTGRES_URL', 'postgres://wexagon:hunter2@db/wexagon'],
    ['mongo', 'MONGODB_URL', 'mongodb://wexagon:hunter2@a,b,c/wexagon?replicaSet=rs0'],
  ])('%s needs %s, itself or as a file, and shows it to nobody', (STORAGE, variable, url) => {
    expect(Object.keys(faultsOf({ ...LIVE, STORAGE }))).toEqual([variable]);
    const config = parseConfig({ ...LIVE, STORAGE, [variable]: url });
    expect(config.storage).toMatchObject({ kind: STORAGE });
    expect(inspect(config, { depth: 9 })).not.toContain('hunter2');
    const file = join(temporaryFolder(), 'url');
    writeFileSync(file, `${url}\n`);
    expect(parseConfig({ ...LIVE, STORAGE, [`${variable}_FILE`]: file }).storage).toEqual(config.storage);
  });
});

describe('production', () => {
  it('is no sandbox: it asks for what it needs', () => {
    expect(Object.keys(faultsOf({ NODE_ENV: 'production' }))).toEqual(['WECHAT_APPID', 'WECHAT_SECRET', 'SECRET_KEYS']);
  });

  it('is not taken in by a file for what cannot be given as one', () => {
    const { WECHAT_APPID: _, ...rest } = LIVE;
    expect(Object.keys(faultsOf({ ...rest, SANDBOX: 'off', WECHAT_APPID_FILE: '/dev/null' }))).toEqual([
      'WECHAT_APPID',
    ]);
  });

  it('refuses a sandbox that is asked for', () => {
    expect(faultsOf({ NODE_ENV: 'production', SANDBOX: 'on' })).toHaveProperty('SANDBOX');
  });

  it('refuses to forget everything, unless it is forced', () => {
    const production = { ...LIVE, NODE_ENV: 'production', STORAGE: 'memory' };
    expect(faultsOf(production)).toHaveProperty('STORAGE');
    expect(faultsOf({ ...production, STORAGE_MEMORY_IN_PRODUCTION: 'true' })).toEqual({});
  });
});

describe('version 3 of WeChat Pay', () => {
  const { javaMerchantCert, javaMerchantPrivateKey, wechatpayPublicKey } = pems();
  const folder = lastingFolder();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const V3 = {
    ...LIVE,
    ...PAYMENTS,
    WECHAT_PAY_API: 'v3',
    WECHAT_PAY_V3_KEY: 'v3-key'.padEnd(32, 'x'),
    WECHAT_PAY_CERT_FILE: file('cert.pem', javaMerchantCert),
    WECHAT_PAY_KEY_FILE: file('key.pem', javaMerchantPrivateKey),
    WECHAT_PAY_PUBLIC_KEY_ID: 'PUB_KEY_ID_0000000000000024101100397200000006',
    WECHAT_PAY_PUBLIC_KEY_FILE: file('pub.pem', wechatpayPublicKey),
  };
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(V3).filter(([name]) => !names.includes(name)));

  it('is taken with WeChat’s public key, and with the keys of version 2 where there are any', () => {
    const config = parseConfig(V3);
    expect(config).toMatchObject({
      payments: {
        api: 'v3',
        v2: { signType: 'HMAC-SHA256' },
        v3: { appAppid: null, publicKey: { id: V3.WECHAT_PAY_PUBLIC_KEY_ID } },
      },
    });
    expect(parseConfig(without('WECHAT_PAY_V2_KEY'))).toMatchObject({ payments: { api: 'v3', v2: null } });
    expect(parseConfig({ ...V3, WECHAT_PAY_API: 'v2' })).toMatchObject({ payments: { api: 'v2', v3: {} } });
    for (const shown of [inspect(config, { depth: 9 }), JSON.stringify(config)]) {
      for (const secret of ['v3-key', 'PRIVATE KEY']) expect(shown).not.toContain(secret);
    }
  });

  it('takes WeChat’s certificates where there is no public key', () => {
    const config = parseConfig(without('WECHAT_PAY_PUBLIC_KEY_ID', 'WECHAT_PAY_PUBLIC_KEY_FILE'));
    expect(config).toMatchObject({ payments: { v3: { publicKey: null } } });
  });

  it.each(['WECHAT_PAY_MCHID', 'WECHAT_PAY_V3_KEY', 'PUBLIC_BASE_URL', 'MERCHANT_API_KEYS'])('needs %s', (name) => {
    expect(faultsOf(without(name))).toEqual({ [name]: 'is needed where WECHAT_PAY_API is v3' });
  });

  it('needs the merchant certificate, also beside version 2', () => {
    const names = ['WECHAT_PAY_CERT_FILE', 'WECHAT_PAY_KEY_FILE'];
    expect(Object.keys(faultsOf(without(...names)))).toEqual(names);
    expect(faultsOf({ ...without(...names), WECHAT_PAY_API: 'v2' })).toEqual({
      WECHAT_PAY_CERT_FILE: 'is needed where WECHAT_PAY_V3_KEY is given',
    });
  });

  it('needs both of the public key, the file and its id', () => {
    const [id, path] = ['WECHAT_PAY_PUBLIC_KEY_ID', 'WECHAT_PAY_PUBLIC_KEY_FILE'];
    expect(faultsOf(without(id))).toEqual({ [id]: `is needed together with ${path}` });
    expect(faultsOf(without(path))).toEqual({ [path]: `is needed together with ${id}` });
    expect(Object.keys(faultsOf({ ...V3, [id]: 'PUB_KEY_ID_x' }))).toEqual([id]);
  });

  it.each([
    ['no file', () => join(folder, 'nowhere.pem'), /missing/],
    ['a certificate', () => V3.WECHAT_PAY_CERT_FILE, /PUBLIC KEY/],
    ['a private key', () => V3.WECHAT_PAY_KEY_FILE, /PUBLIC KEY/],
    ['half a key', () => file('half.pem', wechatpayPublicKey.slice(0, 200)), /be read/],
    ['a weak key', () => file('weak.pem', weakPublicKey()), /2048/],
    ['a key of another kind', () => file('ec.pem', ecPublicKey()), /RSA/],
  ])('takes %s for no public key', (_what, path, message) => {
    const faults = faultsOf({ ...V3, WECHAT_PAY_PUBLIC_KEY_FILE: path() });
    expect(faults).toEqual({ WECHAT_PAY_PUBLIC_KEY_FILE: expect.stringMatching(message) });
  });
});

describe('the sandbox', () => {
  it('makes what version 3 needs when somebody asks for it, and keeps it for either version', () => {
    const folder = temporaryFolder();
    const { secrets: before } = sandboxSecrets(folder, {});
    expect(before).not.toHaveProperty('WECHAT_PAY_V3_KEY');
    const { secrets } = sandboxSecrets(folder, { WECHAT_PAY_API: 'v3' });
    expect(secrets).toMatchObject(before);
    const whole = { ...secrets, WECHAT_PAY_API: 'v3', PUBLIC_BASE_URL: 'http://127.0.0.1', SANDBOX: 'off' };
    expect(parseConfig(whole)).toMatchObject({ payments: { api: 'v3', v2: {}, v3: {} } });
    expect(sandboxSecrets(folder, {}).secrets).toEqual(secrets);
    for (const path of [secrets.WECHAT_PAY_CERT_FILE!, secrets.WECHAT_PAY_KEY_FILE!])
      expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('makes the rest of version 3 where its key is given', () => {
    const given = { WECHAT_PAY_V3_KEY: 'v3-key'.padEnd(32, 'x') };
    const { secrets } = sandboxSecrets(temporaryFolder(), given);
    const whole = { ...secrets, ...given, PUBLIC_BASE_URL: 'http://127.0.0.1', SANDBOX: 'off' };
    expect(parseConfig(whole)).toMatchObject({ payments: { api: 'v2', v3: {} } });
  });

  it('takes no key of WeChat’s: it brings its own', () => {
    expect(
      faultsOf({ WECHAT_PAY_PUBLIC_KEY_ID: 'PUB_KEY_ID_1', WECHAT_PAY_PUBLIC_KEY_FILE: '/nowhere' }),
    ).toMatchObject({
      WECHAT_PAY_PUBLIC_KEY_ID: expect.stringContaining('sandbox'),
    });
  });

  it('has no use for another WeChat', () => {
    expect(faultsOf({ WECHAT_API_BASE_URL: 'http://127.0.0.1:4000' })).toHaveProperty('WECHAT_API_BASE_URL');
  });

  it('is on when it is asked for, even with an appid', () => {
    expect(parseConfig({ ...LIVE, SANDBOX: 'on' })).toMatchObject({ sandbox: true });
  });

  it('makes its secrets once, for its owner alone, and finds them again', () => {
    const folder = join(temporaryFolder(), 'data');
    const { path, secrets } = sandboxSecrets(folder, {});
    expect(sandboxSecrets(folder, {}).secrets).toEqual(secrets);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(parseConfig({ ...secrets, PUBLIC_BASE_URL: 'http://127.0.0.1', SANDBOX: 'off' })).toMatchObject({
      sandbox: false,
      payments: { api: 'v2' },
    });
    expect(sandboxSecrets(join(temporaryFolder(), 'other'), {}).secrets).not.toEqual(secrets);
  });

  it('makes what an older sandbox did not need, and keeps the rest', () => {
    const folder = join(temporaryFolder(), 'data');
    mkdirSync(folder);
    const path = join(folder, 'sandbox.env');
    writeFileSync(path, 'WECHAT_APPID=wx1\nWECHAT_SECRET=old\n');
    const { secrets } = sandboxSecrets(folder, {});
    expect(secrets).toMatchObject({ WECHAT_APPID: 'wx1', WECHAT_SECRET: 'old', WECHAT_PAY_API: 'v2' });
    expect(sandboxSecrets(folder, {}).secrets).toEqual(secrets);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe('secrets in files', () => {
  it('are read, without the newline at their end', () => {
    const file = join(temporaryFolder(), 'secret');
    writeFileSync(file, 'app-secret\n');
    const { WECHAT_SECRET: _, ...rest } = LIVE;
    const config = parseConfig({ ...rest, WECHAT_SECRET_FILE: file });
    expect(!config.sandbox && config.wechat.secret.reveal()).toBe('app-secret');
  });

  it.each([
    ['missing', (folder: string) => join(folder, 'none')],
    ['a folder', (folder: string) => folder],
    [
      'empty',
      (folder: string) => {
        writeFileSync(join(folder, 'empty'), '\n');
        return join(folder, 'empty');
      },
    ],
  ])('that are %s are a fault', (_what, path) => {
    const { WECHAT_SECRET: _, ...rest } = LIVE;
    expect(faultsOf({ ...rest, WECHAT_SECRET_FILE: path(temporaryFolder()) })).toHaveProperty('WECHAT_SECRET_FILE');
  });

  it('given twice are a fault', () => {
    expect(faultsOf({ ...LIVE, WECHAT_SECRET_FILE: '/dev/null' })).toHaveProperty('WECHAT_SECRET_FILE');
  });
});

describe('a .env file', () => {
  it('is read when it is there, and the environment goes before it', () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const file = join(folder, '.env');
    writeFileSync(file, '# ours\nPORT=1\nHOST="0.0.0.0"\n');
    expect(readEnvironment({ PORT: '2' }, file)).toMatchObject({ PORT: '2', HOST: '0.0.0.0' });
    expect(readEnvironment({ PORT: '2' }, join(folder, 'none'))).toEqual({ PORT: '2' });
    expect(readFileSync(file, 'utf8')).toContain('ours');
  });
});
