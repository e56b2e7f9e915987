import { Outage } from '../../../domain/outage.ts';
import { PayFault } from './pay-fault.ts';

/*
 * Every way in which a call of WeChat Pay can end without an answer that says anything. `why` is for the log.
 */

export const timedOut = (why: string): Outage =>
  new Outage('wechat-timeout', 'WeChat Pay did not answer in time.', {
    cause: new PayFault(why, { isPassing: true }),
  });

export const unreachable = (why: string, isUnsent: boolean): Outage =>
  new Outage('wechat-unreachable', 'WeChat Pay cannot be reached.', {
    cause: new PayFault(why, { isPassing: true, isUnsent }),
  });

/** Not even tried: it has failed too often just now. */
export const circuitOpen = (retryAfterSeconds: number): Outage =>
  new Outage('wechat-unreachable', 'WeChat Pay fails too often and is left alone for some seconds.', {
    cause: new PayFault('circuit open', { isUnsent: true }),
    retryAfterSeconds,
  });

/** Cut, garbled or not signed by WeChat: of the next answer that need not be true. */
export const unreadable = (why: string, known: { code?: string; isPassing?: boolean } = {}): Outage =>
  new Outage('wechat-unreadable', 'WeChat Pay gave an answer that we do not understand.', {
    cause: new PayFault(why, { isPassing: true, ...known }),
  });

export const busy = (why: string, known: { code?: string; isPassing: boolean }): Outage =>
  new Outage('wechat-busy', 'WeChat Pay is busy.', {
    cause: new PayFault(why, known),
    retryAfterSeconds: known.isPassing ? 1 : 10,
  });

export const misconfigured = (why: string, code?: string): Outage =>
  new Outage('wechat-misconfigured', 'WeChat Pay does not accept this server. Its operator has to look.', {
    cause: new PayFault(why, { code }),
    retryAfterSeconds: 60,
  });
