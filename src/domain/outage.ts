import type { Circumstances } from './refusal.ts';

/** Every way in which something that Wexagon leans on can fail it. The codes are stable. */
export type OutageCode =
  | 'wechat-busy'
  | 'wechat-timeout'
  | 'wechat-unreachable'
  | 'wechat-unreadable'
  | 'wechat-quota-spent'
  | 'wechat-misconfigured'
  | 'storage-unavailable'
  | 'storage-contended';

/** A "not now": nobody did wrong, and the same request may succeed later. */
export class Outage extends Error {
  readonly code: OutageCode;
  readonly retryAfterSeconds: number;

  constructor(code: OutageCode, message: string, { cause, retryAfterSeconds = 5 }: Circumstances = {}) {
    super(message, { cause });
    this.name = 'Outage';
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
