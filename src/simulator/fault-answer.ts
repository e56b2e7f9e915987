import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from 'koa';
import type { Fault, Forgery } from './faults.ts';

/** How a family of calls says what it has to say. */
export interface Speech<Answer> {
  readonly type: string;
  write(answer: Answer): string | Readable;
  /** Besides the type, or instead of it. */
  headersOf?(answer: Answer): Record<string, string>;
  /** What the call answers when it fails as the fault orders. */
  failure(fault: Fault): Answer;
  /** Only what is signed can be forged. */
  forge?(answer: Answer, forgery: Forgery): string;
  /** For the ledger. */
  outcomeOf(answer: Answer): string;
}

interface Told {
  /** Says what would have been answered; of a call that was not executed, its failure. */
  readonly say: () => string | Readable;
  readonly failure: () => string | Readable;
  readonly forged: (forgery: Forgery) => string | Readable;
}

type Trouble = (ctx: Context, fault: Fault, told: Told) => Promise<void> | void;

/** How many bytes an answer that is cut off lacks. */
const CUT = 4;

const HTML = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

const TROUBLES: Record<Fault['kind'], Trouble> = {
  errcode: (ctx, _fault, { failure }) => {
    ctx.body = failure();
  },
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
  truncate: (ctx, _fault, { say }) => {
    const whole = say();
    ctx.body = typeof whole === 'string' ? whole.slice(0, -CUT) : Readable.from(allButTheEnd(whole));
  },
  timeout: () => wait(60_000, undefined, { ref: false }),
  drip: (ctx) => {
    ctx.body = Readable.from(drip());
  },
  slow: async (ctx, { value }, { say }) => {
    await wait(value, undefined, { ref: false });
    ctx.body = say();
  },
  hangup: (ctx) => {
    ctx.respond = false;
    ctx.req.socket.destroy();
  },
  'bad-signature': (ctx, _fault, { forged }) => {
    ctx.body = forged('bad-signature');
  },
  'wrong-merchant': (ctx, _fault, { forged }) => {
    ctx.body = forged('wrong-merchant');
  },
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
  const said = answer ?? speech.failure(fault);
  await TROUBLES[fault.kind](ctx, fault, {
    say() {
      ctx.set(speech.headersOf?.(said) ?? {});
      return speech.write(said);
    },
    failure: () => speech.write(speech.failure(fault)),
    forged: (forgery) => speech.forge?.(said, forgery) ?? speech.write(said),
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
