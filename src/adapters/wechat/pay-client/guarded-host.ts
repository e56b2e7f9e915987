import { CircuitBreaker, REST_SECONDS } from './circuit-breaker.ts';
import { circuitOpen } from './outages.ts';
import type { PayHost } from './pay-host.ts';
import type { PayRequest, PayResponse } from './pay-message.ts';

/** A host with a breaker for each of its calls: what fails too often is refused at once for a while. */
export class GuardedHost {
  readonly #host: PayHost;
  readonly #breakers = new Map<string, CircuitBreaker>();

  constructor(host: PayHost) {
    this.#host = host;
  }

  async send(request: PayRequest, signal: AbortSignal): Promise<PayResponse> {
    const breaker = this.#breakerOf(request.call);
    if (!breaker.admits()) throw circuitOpen(REST_SECONDS);
    let answer: PayResponse | undefined;
    try {
      answer = await this.#host.send(request, signal);
      return answer;
    } finally {
      breaker.end(!answer || isTrouble(answer));
    }
  }

  #breakerOf(call: string): CircuitBreaker {
    const breaker = this.#breakers.get(call) ?? new CircuitBreaker();
    this.#breakers.set(call, breaker);
    return breaker;
  }
}

/** A host that says it cannot is one that failed; one that says no is well. */
const isTrouble = ({ status }: PayResponse): boolean => status >= 500 || status === 429;
