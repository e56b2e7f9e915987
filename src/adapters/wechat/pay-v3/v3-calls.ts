import type { Clock } from '../../../domain/clock.ts';
import type { Unknown } from '../../../domain/order/payment-gateway.ts';
import { Outage } from '../../../domain/outage.ts';
import { PayClient } from '../pay-client/pay-client.ts';
import type { PlatformKeys } from './platform-keys.ts';
import { openV3Answer, type V3Answer } from './v3-answer.ts';
import { type V3Call, v3Request, type V3Words } from './v3-request.ts';
import type { PayV3Settings } from './v3-settings.ts';

/** Puts our calls to WeChat and opens its answers: what is the same for all of them. */
export class V3Calls {
  readonly #settings: PayV3Settings;
  readonly #clock: Clock;
  readonly #keys: PlatformKeys;
  readonly #client: PayClient;
  /** For what WeChat takes long over, and counts when it fails: it is not repeated before somebody has thought about it. */
  readonly #careful: PayClient;

  constructor(settings: PayV3Settings, clock: Clock, keys: PlatformKeys) {
    const { baseUrl, backupBaseUrl, deadline } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.#keys = keys;
    this.#client = new PayClient({ baseUrl, backupBaseUrl, deadline });
    this.#careful = new PayClient({ baseUrl, backupBaseUrl, deadline: 2 * deadline, mostRepeats: 0 });
  }

  /** Whatever keeps WeChat from saying yes or no is an answer, too. */
  async ask<Answer>(
    call: V3Call,
    words: V3Words & { readonly serial?: string },
    read: (answer: V3Answer) => Answer,
  ): Promise<Answer | Unknown> {
    const client = CAREFUL.has(call) ? this.#careful : this.#client;
    const { serial = this.#settings.publicKey?.id } = words;
    const find = (named: string) => this.#keys.find(named);
    try {
      return await client.ask(
        () => v3Request(call, words, this.#settings, { now: this.#clock.now(), serial }),
        async (response) => read(await openV3Answer(response, find, this.#clock.now())),
      );
    } catch (error) {
      if (error instanceof Outage) return { kind: 'unknown', outage: error };
      throw error;
    }
  }
}

const CAREFUL: ReadonlySet<V3Call> = new Set(['refund', 'abnormal-refund'] as const);
