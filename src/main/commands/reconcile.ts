import type { Day } from '../../domain/statement/day.ts';
import type { Difference, Reconciliation } from '../../domain/statement/reconciliation.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { dayArgument } from './day-argument.ts';
import { EXIT, inHouse } from './house.ts';
import { yuan } from './order-text.ts';

/** On a terminal one line that moves; elsewhere a line now and then. */
function showProgress({ compared, matched, differenceCount }: Reconciliation): void {
  const line = `${compared} lines compared, ${matched} agree, ${differenceCount} differ`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
  else console.log(line);
}

function report({ id, state, matched, differences, differenceCount }: Reconciliation): number {
  if (process.stdout.isTTY) process.stdout.write('\n');
  if (state === 'failed') return reportFailure(id);
  console.log(`${id}: ${matched} agree, ${differenceCount} differ`);
  for (const difference of differences) console.log(lineOf(difference));
  const left = differences.filter(({ healed }) => !healed).length + differenceCount - differences.length;
  console.log(left === 0 ? 'Nothing is left to see to.' : `${left} are left for a person to see to.`);
  return left === 0 ? EXIT.done : EXIT.notDone;
}

function reportFailure(day: Day): number {
  console.log(`${day}: its bill is cut, or is not what its own sums say. Nothing was compared that counts.`);
  console.log(`When WeChat has mended it: wexagon reconcile ${day} --again`);
  return EXIT.notDone;
}

function lineOf({ kind, outTradeNo, outRefundNo, there, here, healed }: Difference): string {
  const number = outRefundNo === null ? outTradeNo : `${outTradeNo} / ${outRefundNo}`;
  return `${kind.padEnd(22)}${number.padEnd(34)}there ${amount(there)}  here ${amount(here)}${healed ? '  put right' : ''}`;
}

const amount = (fen: number | null): string => (fen === null ? '-' : yuan(fen)).padStart(12);

function readWish() {
  const options = { again: { type: 'boolean', default: false } } as const;
  const { positionals, values } = readArguments(1, ['<YYYY-MM-DD>'], options);
  return { day: dayArgument(positionals[0]), again: values.again };
}

/** `wexagon reconcile <YYYY-MM-DD> [--again]`: 1 where something is left for a person to see to. */
await inHouse(
  readWish,
  async ({ day, again }, { container }) => {
    const outcome = await resolve(container, T.reconcileDay).execute(day, { again, onProgress: showProgress });
    if (!outcome) {
      console.error('Somebody else is comparing this day at the moment.');
      return EXIT.notDone;
    }
    return report(outcome);
  },
  { asksWechat: true },
);
