import { SECOND } from '../../../domain/clock.ts';
import { GuardedHost } from './guarded-host.ts';
import { faultOf } from './pay-fault.ts';
import type { ClientCertificate } from './merchant-certificate.ts';
import { PayHost } from './pay-host.ts';
import type { PayRequest, PayResponse } from './pay-message.ts';
import { repeated } from './repeated.ts';

export interface PayClientSettings {
  readonly baseUrl: string;
  /** Takes over when the other cannot be connected to. */
  readonly backupBaseUrl: string;
  /** How long one call may take with all its repeats, in milliseconds. */
  readonly deadline: number;
  readonly connectDeadline?: number;
  readonly certificate?: ClientCertificate;
  readonly mostRepeats?: number;
}

const CONNECTIONS = 50;
const MOST_REPEATS = 2;

/** The way to WeChat Pay's hosts, whichever version of its API is spoken over it. */
export class PayClient {
  readonly #main: GuardedHost;
  readonly #spare: GuardedHost;
  readonly #limits: { readonly deadline: number; readonly mostRepeats: number };

  constructor(settings: PayClientSettings) {
    const { deadline, connectDeadline = 2 * SECOND, certificate, mostRepeats = MOST_REPEATS } = settings;
    const pool = { maxSockets: CONNECTIONS, connectDeadline, certificate };
    this.#main = new GuardedHost(new PayHost(settings.baseUrl, pool));
    this.#spare = new GuardedHost(new PayHost(settings.backupBaseUrl, pool));
    this.#limits = { deadline, mostRepeats };
  }

  /**
   * For calls that may be said again: `write` says the very same every time, a fresh nonce apart, and `read` answers
   * what came back or throws an Outage.
   */
  ask<Answer>(write: () => PayRequest, read: (response: PayResponse) => Answer | Promise<Answer>): Promise<Answer> {
    return repeated(this.#limits, async (signal) => read(await this.#send(write(), signal)));
  }

  /** On the spare host only what cannot have reached the main one. */
  async #send(request: PayRequest, signal: AbortSignal): Promise<PayResponse> {
    try {
      return await this.#main.send(request, signal);
    } catch (error) {
      if (!faultOf(error)?.isUnsent) throw error;
      return this.#spare.send(request, signal);
    }
  }
}
