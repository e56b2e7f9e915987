import type { Event } from './merchant-types.ts';
import { WexagonProblem } from './problem.ts';

type Names = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a webhook tells: thin, so read the order before you act on it. */
export interface Webhook extends Pick<Event, 'type'> {
  /** Of the event: the same each time it is told. */
  readonly id: string;
  readonly timestamp: string;
  readonly data: Event['data'] & Pick<Event, 'out_trade_no' | 'sequence' | 'version' | 'state'>;
}

export interface VerifyOptions {
  readonly now?: Date | undefined;
  /** How many seconds the sender's clock may be off, or the way may have taken. */
  readonly tolerance?: number | undefined;
}

/**
 * Answers what a webhook says, once it is proven that it is ours and of today (Standard Webhooks).
 * `body` is what came, to the byte; `secrets` are all that may have signed it, each as `whsec_…`.
 */
export async function verifyWebhook<Told = Webhook>(
  headers: Names | { get(name: string): string | null },
  body: string | Uint8Array,
  secrets: string | readonly string[],
  { now = new Date(), tolerance = 300 }: VerifyOptions = {},
): Promise<Told> {
  const [id, time, signatures] = namedIn(headers);
  if (Math.abs(now.getTime() / 1_000 - Number(time)) > tolerance)
    throw new WexagonProblem('webhook-stale', 'It is from another time.');
  const content = joined(`${id}.${time}.`, body);
  const pairs = [secrets].flat().flatMap((secret) => versionOnes(signatures).map((sent) => [secret, sent] as const));
  const tried = await Promise.all(pairs.map(([secret, sent]) => isRight(secret, sent, content)));
  if (!tried.includes(true)) throw forged('No signature of it is right.');
  return { ...(JSON.parse(textOf(body)) as object), id } as Told;
}

function namedIn(
  headers: Names | { get(name: string): string | null },
): [id: string, time: string, signatures: string] {
  const [id, time = '', signatures] = NAMES.map((name) => valueOf(headers, name));
  if (!id || !signatures || !/^\d{1,12}$/.test(time)) throw forged('It has not the headers of a webhook.');
  return [id, time, signatures];
}

const NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];

const textOf = (body: string | Uint8Array): string =>
  typeof body === 'string' ? body : new TextDecoder().decode(body);

const forged = (message: string): WexagonProblem => new WexagonProblem('webhook-forged', message);

function valueOf(headers: Names | { get(name: string): string | null }, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const found = Object.entries(headers as Names).find(([given]) => given.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : found?.[0];
}

/** During a change of secrets there are several; those of other versions are not ours to judge. */
const versionOnes = (signatures: string): string[] =>
  signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => signature.slice('v1,'.length));

/** WebCrypto compares, in a time that tells nothing of the right signature. */
async function isRight(secret: string, signature: string, content: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const [key, sent] = [bytesOf(secret.replace(/^whsec_/, '')), bytesOf(signature)];
  if (!key) throw new TypeError('A secret is `whsec_` and base64.');
  if (!sent) return false;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['verify']);
  return crypto.subtle.verify('HMAC', imported, sent, content);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return bytes.length > 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function joined(head: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const [before, after] = [head, body].map((part) =>
    typeof part === 'string' ? new TextEncoder().encode(part) : part,
  );
  const content = new Uint8Array(before!.length + after!.length);
  content.set(before!);
  content.set(after!, before!.length);
  return content;
}
