import { setTimeout as wait } from 'node:timers/promises';
import { MERCHANT_KEY } from '../test-config.ts';
import { ask } from './asker.ts';
import type { Chance } from './chance.ts';
import type { Inbox } from './inbox.ts';
import { Killer } from './killer.ts';
import { livesOf } from './lives.ts';
import { ALL_POINTS } from './points.ts';
import { Post } from './post.ts';
import type { StormStage } from './stage.ts';
import type { StormWishes } from './storm.ts';
import { evenly, Weather } from './weather.ts';
import { WechatTrouble } from './wechat-trouble.ts';

/** How long the merchant does not notice that nothing is told any more. */
const UNNOTICED = 300;

/** There may be nobody who tells it anything. */
const MOST_WAITS = 20;

/** All that happens to the servers, from the first order to the last, until only time is left to do its work. */
export class Rage {
  readonly #stage: StormStage;
  readonly #inbox: Inbox;
  readonly #chance: Chance;
  readonly #wishes: StormWishes;
  readonly #killer: Killer;
  readonly #post: Post;
  readonly #wechat: WechatTrouble;

  constructor(stage: StormStage, inbox: Inbox, chance: Chance, wishes: StormWishes) {
    this.#stage = stage;
    this.#inbox = inbox;
    this.#chance = chance;
    this.#wishes = wishes;
    this.#killer = new Killer(stage.mortals, chance);
    this.#post = new Post(stage, chance, 0.5);
    this.#wechat = new WechatTrouble(stage.wechat, chance);
    stage.onNotice = (letter) => this.#post.take(letter);
  }

  async over(): Promise<void> {
    const weather = this.#weather();
    await this.#liveAll(weather);
    await weather.finish();
    await this.#killer.makeUpTo(this.#wishes.kills);
    await this.#post.emptied();
    await this.#wechat.end();
    this.#inbox.isTroubled = false;
    // One that was kept waiting may have written only now that the receiver is gone.
    await this.#enable();
    await this.#post.again();
  }

  async thrown(): Promise<Record<string, string | number>> {
    const { history, kills } = this.#stage;
    const { place, orders, shakes } = this.#wishes;
    const { notices, duplicates, late, forgeries, givenUp } = this.#post.counts;
    const { posts, duplicates: twice } = this.#inbox.checker;
    return {
      instances: this.#stage.instances.length,
      orders,
      logins: history.logins.length,
      refunds: history.refunded.length,
      notices,
      'of these twice': duplicates,
      'of these late': late,
      'given up after 16 tries': givenUp,
      'forged notices': forgeries,
      'faults of WeChat': total(await this.#wechat.befell()),
      webhooks: posts,
      'told again': twice,
      'faults of the receiver': total(this.#inbox.troubles),
      [`storage ${place.trouble ?? 'left alone'}`]: place.shake ? shakes : 0,
      kills,
      'points died at': `${this.#killer.points.size} of ${ALL_POINTS.length}`,
    };
  }

  #weather(): Weather {
    const { orders, kills, shakes, place } = this.#wishes;
    const { shake } = place;
    return new Weather([
      ...evenly(kills, orders, () => this.#killer.strike()),
      ...evenly(Math.ceil(orders / 12), orders, () => this.#wechat.strike()),
      ...(shake ? evenly(shakes, orders, shake) : []),
      ...evenly(1, orders, () => this.#beGone()),
    ]);
  }

  async #liveAll(weather: Weather): Promise<void> {
    const { orders, place, onProgress } = this.#wishes;
    const lives = livesOf(orders, this.#chance);
    let begun = 0;
    const worker = async () => {
      for (let life = lives[begun]; life; life = lives[begun]) {
        begun += 1;
        weather.heed(begun);
        if (begun % 1_000 === 0) onProgress?.(`${begun} orders begun, ${this.#stage.kills} kills`);
        await this.#stage.live(life, () => this.#chance.oneOf(this.#stage.instances));
      }
    };
    await Promise.all(Array.from({ length: place.isStandIn === true ? 2 : 20 }, worker));
  }

  /** The receiver says that it is gone, and somebody says that it is there after all. */
  async #beGone(): Promise<void> {
    this.#inbox.isGone = true;
    for (let waits = 0; this.#inbox.isGone && waits < MOST_WAITS; waits += 1) await wait(UNNOTICED);
    this.#inbox.isGone = false;
    await wait(UNNOTICED);
    await this.#enable();
  }

  async #enable(): Promise<void> {
    const anywhere = () => this.#chance.oneOf(this.#stage.instances);
    const { status, text } = await ask(anywhere, '/v1/merchant/webhooks/enable', { token: MERCHANT_KEY });
    if (status !== 200) throw new Error(`enabling: ${status} ${text}`);
  }
}

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);
