import type { TradeBillType } from '../../domain/statement/bill.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { keepBill, printTotals } from './bill-file.ts';
import { dayArgument } from './day-argument.ts';
import { inHouse, WrongUse } from './house.ts';

const TYPES: readonly TradeBillType[] = ['ALL', 'SUCCESS', 'REFUND', 'RECHARGE_REFUND'];

function readWish() {
  const options = { type: { type: 'string', default: 'ALL' }, csv: { type: 'string' } } as const;
  const { positionals, values } = readArguments(2, ['<YYYY-MM-DD>'], options);
  const type = TYPES.find((known) => known === values.type);
  if (!type) throw new WrongUse(`--type is one of ${TYPES.join(', ')}.`);
  return { day: dayArgument(positionals[0]), type, csv: values.csv };
}

/** `wexagon bill trade <YYYY-MM-DD> [--type ALL] [--csv file]` */
await inHouse(
  readWish,
  async ({ day, type, csv }, { container }) => {
    const bill = await resolve(container, T.readBill).trades(day, type);
    return csv === undefined ? printTotals(bill) : keepBill(bill, csv);
  },
  { asksWechat: true },
);
