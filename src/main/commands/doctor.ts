import type { Container } from 'inversify';
import { DAY, MINUTE, SECOND } from '../../domain/clock.ts';
import { certificateIn } from '../certificate-files.ts';
import { compose } from '../compose.ts';
import type { LiveConfig } from '../config.ts';
import { resolve } from '../container.ts';
import { readEnvironment } from '../environment.ts';
import { createLogger } from '../logger.ts';
import { openPersistence } from '../modules/persistence.ts';
import { noticePaths, v3Settings } from '../modules/gateways.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { checkKeys } from './doctor-keys.ts';
import { asCommand, EXIT, readLiveConfig } from './house.ts';

/** What was looked at, and what is to be said of it. Throws what is wrong, in a sentence. */
type Check = readonly [what: string, look: () => Promise<string> | string];

function checksOf(config: LiveConfig, isSandbox: boolean): Check[] {
  const { payments, wechat } = config;
  const storage: Check[] = [['storage', () => checkStorage(config)]];
  if (isSandbox) return [...storage, ['WeChat', () => 'of its own, inside the running server']];
  return [
    ...storage,
    ['WeChat', () => checkHost(wechat.baseUrl)],
    ...(payments
      ? ([
          ['WeChat Pay', () => checkHost(payments.baseUrl)],
          ['spare host', () => checkHost(payments.backupBaseUrl)],
          ['notify URL', () => checkNotifyUrl(config)],
          ['certificate', () => checkCertificate(payments)],
          ...keyChecks(config),
        ] satisfies Check[])
      : []),
  ];
}

/** Only version 3 has keys of WeChat's. */
function keyChecks(config: LiveConfig): Check[] {
  const settings = v3Settings(config);
  const look = () =>
    inContainer(config, async (container) => {
      const keys = resolve(container, T.platformKeys);
      return settings && keys ? checkKeys(settings, keys, resolve(container, T.clock)) : 'none';
    });
  return settings ? [['WeChat’s key', look]] : [];
}

async function inContainer(config: LiveConfig, look: (container: Container) => Promise<string>): Promise<string> {
  const persistence = await openPersistence(config.storage, MINUTE);
  try {
    return await look(compose(config, createLogger('silent'), persistence));
  } finally {
    await persistence.close();
  }
}

/** Reachable, writable, up to date, and readable with the keys that we have. */
const checkStorage = (config: LiveConfig): Promise<string> =>
  inContainer(config, async (container) => {
    await resolve(container, T.persistence).ping();
    await resolve(container, T.checkKeyRing).execute();
    return `${config.storage.kind}, up to date, readable with SECRET_KEYS`;
  });

const MOST_SKEW = 30 * SECOND;

/** Any answer will do: what counts is that there is one, and what time it is there. */
async function checkHost(url: string): Promise<string> {
  const asked = Date.now();
  const answer = await fetch(url, {
    method: 'HEAD',
    redirect: 'manual',
    signal: AbortSignal.timeout(5 * SECOND),
  }).catch(() => Promise.reject(new Error(`${url} cannot be reached.`)));
  const there = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(there)) return `${url} answers; it does not say what time it is`;
  const skew = Math.round((Date.now() + asked) / 2 - there);
  if (Math.abs(skew) > MOST_SKEW)
    throw new Error(`The clock here is ${skew / SECOND} s off the one of ${url}. Set it.`);
  return `${url} answers, clocks agree within ${Math.max(1, Math.abs(Math.round(skew / SECOND)))} s`;
}

const LONGEST_URL = 256;

function checkNotifyUrl(config: LiveConfig): string {
  const { publicBaseUrl } = config;
  const urls = noticePaths(config).map((path) => `${publicBaseUrl}${path}`);
  const long = urls.find((url) => url.length > LONGEST_URL);
  if (long !== undefined)
    throw new Error(`${long} is longer than the ${LONGEST_URL} characters that WeChat Pay takes.`);
  if (!publicBaseUrl?.startsWith('https:'))
    throw new Error(`${publicBaseUrl} is for this machine alone: WeChat needs https.`);
  return urls.join(', ');
}

const SOON = 30 * DAY;

function checkCertificate({ baseUrl }: NonNullable<LiveConfig['payments']>): string {
  const { certificate } = certificateIn(readEnvironment());
  if (!certificate && baseUrl.startsWith('http:')) return 'none, and none needed for a WeChat on this machine';
  if (!certificate) return 'none: refunds, bills of money and comments are not possible';
  const { expiresAt, serialNumber } = certificate;
  const days = Math.floor((expiresAt.getTime() - Date.now()) / DAY);
  const end = expiresAt.toISOString().slice(0, 10);
  if (days * DAY < SOON)
    throw new Error(`${serialNumber} ends on ${end}, in ${days} days. Get a new one at WeChat Pay.`);
  return `${serialNumber}, matches its key, good until ${end}`;
}

/** `wexagon doctor`: looks at everything that a server needs, changes nothing but old tables, and says what is wrong. */
await asCommand(async () => {
  readArguments(1, [], {});
  let isWell = true;
  const look = async ([what, check]: Check) => {
    try {
      console.log(`✓ ${what.padEnd(14)}${await check()}`);
    } catch (error) {
      isWell = false;
      console.log(`✗ ${what.padEnd(14)}${error instanceof Error ? error.message : String(error)}`);
    }
  };
  let found: ReturnType<typeof readLiveConfig> | undefined;
  await look(['configuration', () => ((found = readLiveConfig()), found.isSandbox ? 'of a sandbox' : 'for real')]);
  for (const check of found ? checksOf(found.config, found.isSandbox) : []) await look(check);
  return isWell ? EXIT.done : EXIT.notDone;
});
