import { describe, expect, it } from 'vitest';
import { openAead } from '../../src/adapters/wechat/protocol/aead.ts';
import { readFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import type { NoticeReader } from '../../src/domain/order/notice-reader.ts';
import { BadConfiguration, parseConfig } from '../../src/main/config.ts';
import type { Environment } from '../../src/main/environment.ts';
import { configTarget } from '../support/fuzz/config.ts';
import { decryptsTarget } from '../support/fuzz/decrypts.ts';
import { fuzz, replayOf } from '../support/fuzz/fuzz.ts';
import type { Around } from '../support/fuzz/house.ts';
import { jsonTarget } from '../support/fuzz/json.ts';
import { type Readers, signaturesTarget } from '../support/fuzz/signature-headers.ts';
import type { Target } from '../support/fuzz/target.ts';
import { TARGET_NAMES, TARGETS } from '../support/fuzz/targets.ts';
import { xmlTarget } from '../support/fuzz/xml.ts';

const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));
const CASES = 20_000;

describe('fuzz', () => {
  it.each(TARGET_NAMES)(
    `%s: ${CASES} cases, and nothing happens that is not to happen`,
    async (name) => {
      const target: Target & { unreached?: ReadonlySet<string> } = await TARGETS[name]();
      const { cases, fates, found } = await fuzz(target, { seed: SEED, cases: CASES });
      await target.close?.();
      expect(found.map((one) => `${replayOf(one)}\n${one.why}`)).toEqual([]);
      expect(cases).toBe(CASES);
      // Whoever only ever hears nonsense, or never any, has tried nothing.
      expect(Math.min(fates.accepted, fates.refused), `seed ${SEED}`).toBeGreaterThan(CASES / 50);
      expect([...(target.unreached ?? [])], `seed ${SEED}`).toEqual([]);
    },
    120_000,
  );
});

/** What is found of something that is broken: without these a round that finds nothing proves nothing. */
describe('fuzz finds', () => {
  /** How the findings begin, each once. */
  async function findingsOf(target: Target | Promise<Target>, cases: number): Promise<string> {
    const ready = await target;
    const { found } = await fuzz(ready, { seed: SEED, cases });
    await ready.close?.();
    return [...new Set(found.map(({ why }) => why.split('\n')[0]!))].join('\n');
  }

  it('a reader of XML that throws something else than it says', async () => {
    const read: typeof readFlatXml = (bytes, ...rest) => {
      if (Buffer.from(bytes).includes('<!DOCTYPE')) throw new TypeError('no match');
      return readFlatXml(bytes, ...rest);
    };
    expect(await findingsOf(xmlTarget(read), 5_000)).toContain('TypeError: no match');
  });

  it('a reader of XML that trims, so that it would sign something else than was read', async () => {
    const read: typeof readFlatXml = (...given) =>
      new Map([...readFlatXml(...given)].map(([name, value]) => [name, value === '888' ? ']]>\0' : value]));
    expect(await findingsOf(xmlTarget(read), 200)).toContain('UnreadableXml');
  });

  it('a reader that writes into the prototype of everything', async () => {
    const read: typeof readFlatXml = (...given) => {
      Reflect.set(Object.prototype, 'nasty', 1);
      return readFlatXml(...given);
    };
    expect(await findingsOf(xmlTarget(read), 50)).toContain('every object has a nasty now');
    expect(({} as { nasty?: number }).nasty).toBeUndefined();
  });

  it('a route that answers 500', async () => {
    const around: Around = (handle) => async (request, response) => {
      if (!request.url?.includes('%')) return handle(request, response);
      request.resume();
      response.writeHead(500).end();
    };
    expect(await findingsOf(jsonTarget(around), 2_000)).toContain('500: as if it were our fault');
  });

  it('a route that refuses, and has changed a row all the same', async () => {
    const around: Around =
      (handle, { accounts }) =>
      async (request, response) => {
        const [account] = request.method === 'PATCH' ? await accounts.page('', 1) : [];
        if (account) await accounts.save(account);
        return handle(request, response);
      };
    expect(await findingsOf(jsonTarget(around), 1_000)).toContain('400: changed accounts');
  });

  it('an answer that is not what the document tells', async () => {
    const around: Around = (handle) => async (request, response) => {
      if (request.url !== '/v1/me' || request.method !== 'GET') return handle(request, response);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"user_id":7}');
    };
    expect(await findingsOf(jsonTarget(around), 1_000)).toMatch(/200: .*(must|required)/);
  });

  const reading = (readNotice: (reader: NoticeReader) => NoticeReader['readNotice']) => (readers: Readers) => {
    const { v2, v3 } = readers;
    return { v2, v3: { readNotice: readNotice(v3), acknowledge: v3.acknowledge.bind(v3) } };
  };

  it('a reader of notices that takes the first of two headers', async () => {
    const lenient = reading((v3) => ({ body, headers }) => {
      const once = new Map(headers.toReversed().map(([name, value]) => [name.toLowerCase(), value]));
      return v3.readNotice({ headers: [...once], body });
    });
    expect(await findingsOf(signaturesTarget(lenient), 2_000)).toContain('Finding: 204, changed a row');
  });

  it('a reader of notices that breaks on a signature', async () => {
    const fragile = reading((v3) => async (raw) => {
      if (raw.headers.some(([, value]) => value.includes('SIGNTEST'))) throw new RangeError('no signature');
      return v3.readNotice(raw);
    });
    expect(await findingsOf(signaturesTarget(fragile), 2_000)).toContain('RangeError: no signature');
  });

  it('a reader of notices that takes nothing at all', async () => {
    const deaf = reading(() => async () => ({ kind: 'forged', why: '…' }));
    expect(await findingsOf(signaturesTarget(deaf), 500)).toContain('is genuine: true');
  });

  it('a reader of notices that says yes to a payment and forgets it', async () => {
    const forgetful = reading((v3) => async (raw) => {
      const read = await v3.readNotice(raw);
      return read.kind === 'payment' ? { kind: 'ignored', why: '…' } : read;
    });
    expect(await findingsOf(signaturesTarget(forgetful), 500)).toContain('taken, and no row is changed');
  });

  it('a decrypt that is content with a short tag', async () => {
    const lenient: typeof openAead = (key, sealed) => {
      const bytes = Buffer.from(sealed.ciphertext, 'base64');
      if (bytes.length % 16 === 0) return openAead(key, sealed);
      return Buffer.from('whatever');
    };
    expect(await findingsOf(decryptsTarget({ aead: lenient }), 2_000)).toContain('Finding: opened as whatever');
  });

  it('a configuration that repeats a secret, and one that breaks', async () => {
    const telling = (environment: Environment) => {
      if (environment.SECRET_KEYS)
        throw new BadConfiguration([{ variable: 'SECRET_KEYS', message: `is ${environment.SECRET_KEYS}` }]);
      return parseConfig(environment);
    };
    expect(await findingsOf(configTarget(telling), 500)).toContain('Finding: SECRET_KEYS is ');
    const fragile = (environment: Environment) => parseConfig({ ...environment, PORT: environment.PORT!.trim() });
    expect(await findingsOf(configTarget(fragile), 500)).toContain('TypeError');
  });

  it('each by its number, so that it comes again without those before it', async () => {
    const target = decryptsTarget({ oaep: () => 'whatever' });
    const [found] = (await fuzz(target, { seed: SEED, cases: 1_000 })).found;
    expect(found?.why).toContain('Finding: opened as whatever');
    const again = await fuzz(target, { seed: SEED, cases: 1, from: found!.number });
    expect(again.found).toMatchObject([{ number: found!.number, why: expect.stringContaining('opened as whatever') }]);
    expect(replayOf(found!)).toBe(`npm run fuzz -- --target decrypts --seed ${SEED} --case ${found!.number}`);
  });
});
