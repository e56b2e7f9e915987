import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from 'koa';
import type { Fault, Forgery } from './faults.ts';

/** How a family of calls says what it has to say. */
export interface Speech<Answer> {
  /** The version of WeChat Pay's API, where the ledger is to tell. */
  readonly api?: 'v3';
  readonly type: string;
  write(answer: Answer): string | Readable;
  /** 200 where nothing else is said. */
  statusOf?(answer: Answer): number;
  /** Besides the type, or instead of it. */
  headersOf?(answer: Answer): Record<string, string>;
  /** What the call answers when it fails as the fault orders. */
  failure(fault: Fault): Answer;
  /** Only what is signed can be forged. */
  forge?(answer: Answer, forgery: Forgery): Answer;
  /** For the ledger. */
  outcomeOf(answer: Answer): string;
}

/** Says it, with its status and all its headers. */
export function say<Answer>(ctx: Context, speech: Speech<Answer>, answer: Answer): void {
  ctx.status = speech.statusOf?.(answer) ?? 200;
  ctx.type = speech.type;
  ctx.set(speech.headersOf?.(answer) ?? {});
  ctx.body = speech.write(answer);
}

interface Told {
  /** Says what would have been answered; of a call that was not executed, its failure. */
  readonly say: () => void;
  readonly fail: () => void;
  readonly forge: (forgery: Forgery) => void;
}

type Trouble = (ctx: Context, fault: Fault, told: Told) => Promise<void> | void;

/** How many bytes an answer that is cut off lacks. */
const CUT = 4;

const HTML = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

const TROUBLES: Record<Fault['kind'], Trouble> = {
  errcode: (_ctx, _fault, { fail }) => fail(),
  status: (ctx, { value }) => {
    ctx.body = '{"message":"ordered fault"}';
    ctx.status = value >= 200 && value < 600 ? value : 500;
  },
  html: (ctx) => {
    ctx.body = HTML;
    ctx.status = 502;
    ctx.type = 'text/html';
  },
  garbage: (ctx) => {
    ctx.body = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22]);
  },
  truncate: (ctx, _fault, told) => {
    told.say();
    const whole = ctx.body as string | Readable;
    ctx.body = typeof whole === 'string' ? whole.slice(0, -CUT) : Readable.from(allButTheEnd(whole));
  },
  timeout: () => wait(60_000, undefined, { ref: false }),
  drip: (ctx) => {
    ctx.body = Readable.from(drip());
  },
  slow: async (_ctx, { value }, told) => {
    await wait(value, undefined, { ref: false });
    told.say();
  },
  hangup: (ctx) => {
    ctx.respond = false;
    ctx.req.socket.destroy();
  },
  'bad-signature': (_ctx, _fault, { forge }) => forge('bad-signature'),
  'wrong-merchant': (_ctx, _fault, { forge }) => forge('wrong-merchant'),
  probe: (_ctx, _fault, { forge }) => forge('probe'),
};

/** Answers as a WeChat in trouble does. `answer` is undefined when the call was not executed. */
export async function answerFault<Answer>(
  ctx: Context,
  fault: Fault,
  speech: Speech<Answer>,
  answer: Answer | undefined,
): Promise<void> {
  ctx.status = 200;
  ctx.type = speech.type;
  const meant = answer ?? speech.failure(fault);
  await TROUBLES[fault.kind](ctx, fault, {
    say: () => say(ctx, speech, meant),
    fail: () => say(ctx, speech, speech.failure(fault)),
    forge: (forgery) => say(ctx, speech, speech.forge?.(meant, forgery) ?? meant),
  });
}

async function* allButTheEnd(whole: Readable): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of whole as AsyncIterable<Buffer | string>) {
    const known = Buffer.concat([held, Buffer.from(chunk as string)]);
    yield known.subarray(0, -CUT);
    held = known.subarray(-CUT);
  }
}

/** A byte at a time, for a minute: always about to be done. */
async function* drip(): AsyncGenerator<string> {
  for (let tenth = 0; tenth < 600; tenth += 1) {
    yield ' ';
    await wait(100, undefined, { ref: false });
  }
}
