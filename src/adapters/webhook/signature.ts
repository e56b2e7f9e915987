import { createHmac, type KeyObject } from 'node:crypto';

const SECRET_SHAPE = /^whsec_((?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?)$/;

const [LEAST_BYTES, MOST_BYTES] = [24, 64];

/** The bytes of a secret of Standard Webhooks, or undefined for what is none. */
export function secretBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(SECRET_SHAPE.exec(text)?.[1] ?? '', 'base64');
  return bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES ? bytes : undefined;
}

interface Message {
  readonly id: string;
  /** In whole seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/** One signature for each key, so that a receiver that has only the old one or only the new one finds its own. */
export const signatures = ({ id, timestamp, body }: Message, keys: readonly KeyObject[]): string =>
  keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`).join(' ');
