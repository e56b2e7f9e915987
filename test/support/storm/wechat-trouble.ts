import type { SimulatorControl } from '../simulator-control.ts';
import type { Chance } from './chance.ts';

/** What people and servers ask of WeChat all the time. */
const CALLS = ['unifiedorder', 'orderquery', 'closeorder', 'refund', 'refundquery', 'jscode2session'] as const;

/** Of the ones that keep somebody waiting until nobody waits any more there are few. */
const KINDS = ['errcode', 'status', 'html', 'garbage', 'truncate', 'hangup', 'slow', 'timeout'] as const;

const FORGED = ['bad-signature', 'wrong-merchant', 'probe'] as const;

const STATUSES = [500, 502, 503] as const;

const MOST_TIMEOUTS = 3;

/** A WeChat that fails, before it has done what it was asked to or after. */
export class WechatTrouble {
  readonly #wechat: SimulatorControl;
  readonly #chance: Chance;
  #timeouts = 0;

  constructor(wechat: SimulatorControl, chance: Chance) {
    this.#wechat = wechat;
    this.#chance = chance;
  }

  /** The next one to three calls of one kind go wrong. */
  async strike(): Promise<void> {
    const chance = this.#chance;
    const call = chance.oneOf(CALLS);
    const kind = chance.oneOf(call === 'jscode2session' ? KINDS : [...KINDS, ...FORGED]);
    if (kind === 'timeout' && (this.#timeouts += 1) > MOST_TIMEOUTS) return this.strike();
    const value = kind === 'status' ? chance.oneOf(STATUSES) : kind === 'slow' ? chance.from(10, 300) : -1;
    const times = kind === 'timeout' ? 1 : chance.from(1, 3);
    await this.#wechat.fault({ call, kind, value, times, when: chance.oneOf(['before', 'after']) });
  }

  async end(): Promise<void> {
    await this.#wechat.call('DELETE', 'faults');
  }

  /** What really befell a call, by kind. */
  async befell(): Promise<Map<string, number>> {
    const counts = Object.entries(await this.#wechat.counts());
    const kinds = Map.groupBy(
      counts.filter(([what]) => / fault /.test(what)),
      ([what]) => what.replace(/^.* fault /, ''),
    );
    return new Map([...kinds].map(([kind, many]) => [kind, many.reduce((sum, [, count]) => sum + count, 0)]));
  }
}
