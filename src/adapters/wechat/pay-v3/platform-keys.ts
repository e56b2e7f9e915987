import type { KeyObject } from 'node:crypto';
import { type Clock, DAY, HOUR, MINUTE, SECOND } from '../../../domain/clock.ts';
import type { PlatformCertificateRepository } from '../../../domain/order/platform-certificates.ts';
import { Outage } from '../../../domain/outage.ts';
import { PayClient } from '../pay-client/pay-client.ts';
import { readCertificates } from './platform-certificates-answer.ts';
import { openPlatformCertificate, type PlatformCertificate } from './platform-certificate.ts';
import { readJson } from './v3-fields.ts';
import { v3Request } from './v3-request.ts';
import type { PayV3Settings } from './v3-settings.ts';

interface Held extends PlatformCertificate {
  /** When WeChat last listed it. */
  readonly listedAt: Date;
}

/** How long WeChat is left alone after it did not say what keys it has. */
const PAUSE = 5 * SECOND;
/** WeChat wants its list to be asked for within twelve hours. */
const LONGEST_AGE = 10 * HOUR;
/** Should one of WeChat's machines not know of its newest certificate, those of the list before are good for a while. */
const UNLISTED_LIFE = DAY;
/** Whoever sends a notice waits five seconds for its answer, and a notice may have to wait for this. */
const LONGEST_WAIT = 3 * SECOND;
const SERIAL = /^[0-9A-F]{1,40}$/;
const WORDS = { method: 'GET', path: '/v3/certificates' } as const;

/**
 * The keys that WeChat signs with: its public key where one is configured (微信支付公钥), and its certificates (平台证书),
 * which are fetched. While WeChat moves a merchant from these to that, both are good. What a message names as its key
 * is the only one that it is verified with, and where that one is not to be had, nothing is verified.
 */
export class PlatformKeys {
  readonly #settings: PayV3Settings;
  readonly #clock: Clock;
  readonly #repository: PlatformCertificateRepository;
  readonly #client: PayClient;
  #held: readonly Held[] = [];
  #fetchedAt: Date | null = null;
  #lookedAt: Date | null = null;
  #hasFailed = false;
  /** Over, unless it failed, once and for all. */
  #loading: Promise<void> | undefined;
  #fetching: Promise<void> | undefined;

  constructor(settings: PayV3Settings, clock: Clock, repository: PlatformCertificateRepository) {
    const { baseUrl, backupBaseUrl, deadline } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.#repository = repository;
    const careful = { deadline: Math.min(deadline, LONGEST_WAIT), mostRepeats: 0 };
    this.#client = new PayClient({ baseUrl, backupBaseUrl, ...careful });
  }

  /** The key of that id or serial number, to the letter. For one that nobody knows WeChat is asked, once a minute at most. */
  async find(serial: string): Promise<KeyObject | undefined> {
    const { publicKey } = this.#settings;
    if (serial === publicKey?.id) return publicKey.key;
    if (!SERIAL.test(serial)) return undefined;
    await this.#load();
    if (!this.#known(serial)) await this.#lookAtList();
    return this.#known(serial);
  }

  /** What to seal with: the public key, or the certificate that WeChat made last. */
  async newest(): Promise<{ readonly serial: string; readonly key: KeyObject } | undefined> {
    const { publicKey } = this.#settings;
    if (publicKey) return { serial: publicKey.id, key: publicKey.key };
    await this.#load();
    if (this.#good().length === 0) await this.#lookAtList();
    return this.#good().toSorted((one, other) => other.startsAt.getTime() - one.startsAt.getTime())[0];
  }

  /** Asks WeChat for its list, when it is time. Throws an Outage where there is none to be had. */
  async refresh(): Promise<void> {
    if (this.#isRecent()) return;
    // Another instance may have asked.
    await this.#read();
    if (!this.#isRecent()) await this.#fetch();
  }

  /** Whether WeChat did not say, when it was last asked: a key that is not known here may be one of its own. */
  get isBehind(): boolean {
    return this.#hasFailed;
  }

  /** When nothing more is verified unless WeChat lists another; null where that cannot be, or nothing was fetched yet. */
  expiresAt(): Date | null {
    if (this.#settings.publicKey || this.#held.length === 0) return null;
    return new Date(Math.max(...this.#held.map(({ expiresAt }) => expiresAt.getTime())));
  }

  #known(serial: string): KeyObject | undefined {
    return this.#good().find((held) => held.serial === serial)?.key;
  }

  #good(): readonly Held[] {
    const now = this.#clock.now();
    return this.#held.filter(({ expiresAt }) => now < expiresAt);
  }

  #isRecent(): boolean {
    return this.#isWithin(LONGEST_AGE, this.#fetchedAt);
  }

  /** Either way, for a clock may be set back. */
  #isWithin(milliseconds: number, time: Date | null): boolean {
    return time !== null && Math.abs(this.#clock.now().getTime() - time.getTime()) < milliseconds;
  }

  /** Once, so that a restart has to ask nobody. */
  #load(): Promise<void> {
    this.#loading ??= this.#read().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #read(): Promise<void> {
    const { key, mchid } = this.#settings;
    const kept = await this.#repository.find(mchid);
    if (!kept || (this.#fetchedAt && kept.fetchedAt <= this.#fetchedAt)) return;
    const opened = kept.sealed.map((sealed) => openPlatformCertificate(readJson(Buffer.from(sealed)) ?? {}, key));
    // With another key than ours they are of no use, and it is as if there were none.
    if (opened.every((certificate) => certificate !== undefined)) this.#hold(opened, kept.fetchedAt);
  }

  /** Whoever sends serial numbers of their own making does not have us ask for each. */
  async #lookAtList(): Promise<void> {
    const pause = this.#hasFailed ? PAUSE : MINUTE;
    if (!this.#fetching && this.#isWithin(pause, this.#lookedAt)) return;
    this.#lookedAt = this.#clock.now();
    try {
      await this.#fetch();
    } catch (error) {
      // Without the key that it takes, nothing is verified, and that is what is said.
      if (!(error instanceof Outage)) throw error;
    }
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#ask().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #ask(): Promise<void> {
    const { mchid, publicKey } = this.#settings;
    const now = this.#clock.now();
    const known = (serial: string) => (serial === publicKey?.id ? publicKey.key : this.#known(serial));
    this.#hasFailed = true;
    const listed = await this.#client.ask(
      () => v3Request('certificates', WORDS, this.#settings, { now: this.#clock.now(), serial: publicKey?.id }),
      (response) => readCertificates(response, this.#settings, { now: this.#clock.now(), known }),
    );
    this.#hasFailed = false;
    this.#hold(listed, now);
    await this.#repository.keep({ mchid, fetchedAt: now, sealed: listed.map(({ sealed }) => sealed) });
  }

  #hold(listed: readonly PlatformCertificate[], at: Date): void {
    const serials = new Set(listed.map(({ serial }) => serial));
    const unlisted = this.#held.filter(
      ({ serial, listedAt }) => !serials.has(serial) && this.#isWithin(UNLISTED_LIFE, listedAt),
    );
    this.#held = [...listed.map((certificate) => ({ ...certificate, listedAt: at })), ...unlisted];
    this.#fetchedAt = at;
  }
}
