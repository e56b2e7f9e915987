import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, Client } from '../client.ts';
import { EndedByItself, type Instance } from './instance.ts';

/** Where somebody goes with what they ask, each time anew. */
export type Where = () => Instance;

/** Was cut off, and does not come back. */
export class WalkedAway extends Error {
  override readonly name = 'WalkedAway';
}

export const RETRY = 15;
const LONGEST = 30_000;

type Request = Parameters<Client['send']>[2] & { readonly method?: string; readonly walksAway?: boolean | undefined };

/** Asks, and asks again with the very same words, until there is an answer that is one. */
export async function ask(at: Where, path: string, request: Request): Promise<Answer> {
  const { method = 'POST', walksAway = false, ...rest } = request;
  const deadline = performance.now() + LONGEST;
  let last = 'none';
  while (performance.now() < deadline) {
    try {
      const answer = await new Client(await at().url).send(method, path, rest);
      if (answer.status < 500 && answer.body?.code !== 'idempotency-key-in-flight') return answer;
      last = `${answer.status} ${answer.text}`;
    } catch (error) {
      if (error instanceof EndedByItself) throw error;
      if (walksAway) throw new WalkedAway();
      last = String(error);
    }
    await wait(RETRY);
  }
  throw new Error(`no answer to ${path}, last: ${last}`);
}
