import { type Clock, SECOND } from '../../../domain/clock.ts';
import { PayHost } from '../pay-client/pay-host.ts';
import { compactTime } from '../protocol/compact-time.ts';
import type { V2Answer } from './v2-answer.ts';
import { V2_PATHS, type V2Call, v2Request } from './v2-request.ts';
import type { PayV2Settings } from './v2-settings.ts';

/** A call that is over. */
export interface CallOutcome {
  readonly call: V2Call;
  readonly outTradeNo: string;
  readonly clientIp: string | undefined;
  /** The last answer of WeChat's that could be believed, if any could. */
  readonly answer: V2Answer | undefined;
  readonly milliseconds: number;
}

const MOST_AT_ONCE = 20;
const DEADLINE = 2 * SECOND;

/**
 * Tells WeChat how its calls went (交易保障), over connections of its own: whoever pays neither waits for it nor hears of it.
 * A report that fails is lost, and so is one while twenty are under way.
 */
export class CallReports {
  readonly #settings: PayV2Settings;
  readonly #clock: Clock;
  readonly #host: PayHost;
  #underWay = 0;

  constructor(settings: PayV2Settings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#host = new PayHost(settings.baseUrl, { maxSockets: MOST_AT_ONCE, connectDeadline: DEADLINE });
  }

  tell(outcome: CallOutcome): void {
    if (!this.#settings.reports || this.#underWay === MOST_AT_ONCE) return;
    this.#underWay += 1;
    void this.#send(outcome).finally(() => {
      this.#underWay -= 1;
    });
  }

  /** Never fails: there is nobody to tell. */
  async #send(outcome: CallOutcome): Promise<void> {
    try {
      const request = v2Request('report', this.#parametersOf(outcome), this.#settings);
      await this.#host.send(request, AbortSignal.timeout(DEADLINE));
    } catch {
      // Lost, as was agreed on.
    }
  }

  #parametersOf({ call, outTradeNo, clientIp, answer, milliseconds }: CallOutcome) {
    return {
      interface_url: new URL(V2_PATHS[call], this.#settings.baseUrl).href,
      // With the underscore: that is its name.
      execute_time_: String(Math.round(milliseconds)),
      return_code: answer ? 'SUCCESS' : 'FAIL',
      result_code: answer?.kind === 'success' ? 'SUCCESS' : 'FAIL',
      err_code: answer?.kind === 'failure' ? answer.code : undefined,
      out_trade_no: outTradeNo,
      user_ip: clientIp ?? '127.0.0.1',
      time: compactTime(this.#clock.now()),
    };
  }
}
