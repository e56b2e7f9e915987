import type { LookupAddress, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { type AllowList, addressIn, isNamed, isWithin } from './allow-list.ts';
import { isForbidden } from './forbidden-addresses.ts';
import { objectionTo } from './receiver-url.ts';

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** The receiver's name leads to where nobody is to be led. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

/**
 * Finds out where a receiver is, before every try anew, and has the connection made to just that: a name that is asked
 * twice may answer twice. One forbidden address among several is enough to call none of them.
 */
export class ResolvedReceiver {
  readonly #url: URL;
  readonly #allowed: AllowList;
  readonly #resolve: Resolve;
  #asking: Promise<readonly LookupAddress[]> | undefined;

  constructor(url: URL, allowed: AllowList, resolve: Resolve) {
    this.#url = url;
    this.#allowed = allowed;
    this.#resolve = resolve;
  }

  /** Answers with what to look the name up while connecting: with what was found and judged here. */
  async lookup(): Promise<LookupFunction> {
    if (objectionTo(this.#url, this.#allowed) !== undefined) throw new ForbiddenAddress();
    const addresses = addressIn(this.#url) === undefined ? await this.#ask() : [];
    if (addresses.some(({ address }) => !this.#mayCall(address))) throw new ForbiddenAddress();
    return answering(addresses);
  }

  #mayCall(address: string): boolean {
    return isNamed(this.#allowed, this.#url) || !isForbidden(address) || isWithin(this.#allowed.networks, address);
  }

  /** Once for all who ask at a time: a name server that hangs holds up one thread, and not those of everybody else. */
  #ask(): Promise<readonly LookupAddress[]> {
    this.#asking ??= this.#resolve(this.#url.hostname).finally(() => (this.#asking = undefined));
    return this.#asking;
  }
}

/** Node asks for one address or for all of them. */
const answering =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_host, { all }: LookupOptions, answer) => {
    const [first] = addresses;
    if (!first) answer(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '');
    else if (all === true) answer(null, [...addresses]);
    else answer(null, first.address, first.family);
  };
