import { randomBytes } from 'node:crypto';
import type { PayApi } from '../../../src/domain/order/pay-api.ts';
import { MERCHANT_KEY, V2_KEY } from '../test-config.ts';
import { V3_KEY } from '../v3-merchant.ts';
import type { Build } from './builds.ts';
import { Chance } from './chance.ts';
import type { Found } from './findings.ts';
import { Inbox } from './inbox.ts';
import { leaksIn, type Secrets } from './leaks.ts';
import { LogReader } from './log-reader.ts';
import type { Place } from './places.ts';
import { Rage } from './rage.ts';
import { sessionKeysOf } from './session-keys.ts';
import { APP, StormStage } from './stage.ts';

export interface StormWishes {
  readonly place: Place;
  readonly api: PayApi;
  readonly instances: number;
  readonly orders: number;
  /** None where the servers share a memory, and so a process. */
  readonly kills: number;
  /** How often the storage is in trouble. */
  readonly shakes: number;
  readonly seed: number;
  readonly build: Build;
  readonly onProgress?: (line: string) => void;
}

export interface StormReport {
  readonly storage: string;
  readonly api: PayApi;
  readonly build: Build;
  readonly seed: number;
  readonly seconds: number;
  /** What was thrown at the servers, by what it is. */
  readonly thrown: Readonly<Record<string, string | number>>;
  readonly found: readonly Found[];
}

const SPEED = 20;
/** A refund that WeChat has failed four times is asked for again after an hour, and asked about after two. */
const HEALING = 480_000;
const HEALING_OF_BROKEN = 3_000;

/**
 * Servers on one storage, killed again and again, while users log in and change their names, orders are made, paid,
 * refunded, closed and left, WeChat fails in all the ways it has, its notices come twice, at once, late, forged or never,
 * the storage goes away and comes back, and the merchant's receiver is as bad as it can be. Of 7,000 orders there are
 * some 10,000 notices. Then all of it ends, and everybody's word is compared.
 */
export async function storm(wishes: StormWishes): Promise<StormReport> {
  const { place, api, build, seed } = wishes;
  const chance = new Chance(seed);
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const inbox = await Inbox.open(secret, new Chance(seed + 1));
  const began = performance.now();
  const stage = await StormStage.open({
    storage: place.settings,
    settings: webhooksTo(inbox, secret),
    api,
    instances: wishes.instances,
    speed: SPEED,
    build,
  });
  const reader = new LogReader(() => chance.oneOf(stage.instances));
  stage.heard = () => ({ told: inbox.checker.heard, read: reader.read, wrong: inbox.checker.wrong });
  try {
    const rage = new Rage(stage, inbox, chance, wishes);
    await rage.over();
    const secrets = await secretsOf(stage, secret);
    stage.leaks = () => leaksIn([stage.log, ...place.files], secrets);
    wishes.onProgress?.(`${stage.history.acknowledged.length} notices taken, healing`);
    const found = await stage.heal(build === 'right' ? HEALING : HEALING_OF_BROKEN);
    await reader.stopped();
    const seconds = (performance.now() - began) / 1_000;
    const storage = place.settings.STORAGE ?? '';
    return { storage, api, build, seed, seconds, thrown: await rage.thrown(), found };
  } finally {
    reader.end();
    await stage.close();
    inbox.close();
  }
}

/** At all levels: what is not to be read is not to be read at any. */
const webhooksTo = ({ url }: Inbox, secret: string) => ({
  WEBHOOK_URL: url,
  WEBHOOK_SECRET: secret,
  WEBHOOK_ALLOW_INTERNAL: '127.0.0.1',
  LOG_LEVEL: 'trace',
});

const secretsOf = async ({ history, users, wechat }: StormStage, secret: string): Promise<Secrets> => ({
  'a user’s token': history.logins.map(({ token }) => token),
  'a user’s session key': await sessionKeysOf(users.names, wechat),
  'the key of the merchant': [MERCHANT_KEY],
  'the app secret': [APP.secret],
  'the key of WeChat Pay v2': [V2_KEY],
  'the key of WeChat Pay v3': [V3_KEY],
  'the secret of the webhooks': [secret.replace('whsec_', '')],
});
