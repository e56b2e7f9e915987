import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Clock, SECOND } from '../../domain/clock.ts';

interface Labels {
  readonly method: string;
  readonly route: string;
  readonly status: number;
}

/** What the server counts, in the Prometheus text format. Labels hold no id, no amount and nothing a caller wrote. */
export class HttpMetrics {
  readonly #registry = new Registry();
  readonly contentType = this.#registry.contentType;

  readonly #requests = new Counter({
    name: 'wexagon_http_requests_total',
    help: 'Requests answered, by method, route template and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.#registry],
  });

  readonly #durations = new Histogram({
    name: 'wexagon_http_request_duration_seconds',
    help: 'How long answers took, by method and route template.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.#registry],
  });

  readonly #logins = new Counter({
    name: 'wexagon_logins_total',
    help: 'Logins, by outcome: success, or the code of the problem.',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });

  readonly #notices = new Counter({
    name: 'wexagon_payment_notices_total',
    help: 'Notices of WeChat Pay, by what became of them.',
    labelNames: ['verdict'],
    registers: [this.#registry],
  });

  readonly #webhooks = new Counter({
    name: 'wexagon_webhook_attempts_total',
    help: 'Tries to tell the receiver of webhooks, by outcome: delivered, failed (it is tried again) or dead.',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });

  readonly #webhooksOff = new Gauge({
    name: 'wexagon_webhooks_disabled',
    help: '1 while nothing is sent because the receiver of webhooks answered 410, else 0.',
    registers: [this.#registry],
  });

  readonly #ends = new Map<string, () => Date | null>();
  #oldestWebhook: Date | null = null;

  constructor(clock: Clock) {
    this.#watchCertificates();
    this.#watchWebhooks(clock);
    collectDefaultMetrics({ register: this.#registry });
  }

  #watchCertificates(): void {
    const ends = this.#ends;
    void new Gauge({
      name: 'wexagon_certificate_ends_timestamp_seconds',
      help: 'When the certificates of WeChat Pay end, in Unix seconds, by whose they are.',
      labelNames: ['owner'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [owner, endsAt] of ends) {
          const end = endsAt();
          if (end) this.set({ owner }, end.getTime() / 1_000);
        }
      },
    });
  }

  #watchWebhooks(clock: Clock): void {
    const age = () =>
      this.#oldestWebhook ? Math.max(0, clock.now().getTime() - this.#oldestWebhook.getTime()) / SECOND : 0;
    void new Gauge({
      name: 'wexagon_webhook_oldest_waiting_seconds',
      help: 'How long ago the oldest event happened that the receiver of webhooks has not heard of; 0 where there is none.',
      registers: [this.#registry],
      collect() {
        this.set(age());
      },
    });
  }

  observe({ method, route, status }: Labels, seconds: number): void {
    this.#requests.inc({ method, route, status: String(status) });
    this.#durations.observe({ method, route }, seconds);
  }

  countLogin(outcome: string): void {
    this.#logins.inc({ outcome });
  }

  countNotice(verdict: string): void {
    this.#notices.inc({ verdict });
  }

  /** Tells of a certificate when it ends; of one that there is not, nothing. */
  watchCertificate(owner: 'merchant' | 'wechat', endsAt: () => Date | null): void {
    this.#ends.set(owner, endsAt);
  }

  countWebhook(outcome: 'delivered' | 'failed' | 'dead'): void {
    this.#webhooks.inc({ outcome });
  }

  noteWebhooks({ oldest, isDisabled }: { readonly oldest: Date | null; readonly isDisabled: boolean }): void {
    this.#oldestWebhook = oldest;
    this.#webhooksOff.set(isDisabled ? 1 : 0);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
