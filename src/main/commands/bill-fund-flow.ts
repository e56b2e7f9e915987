import type { FundAccount } from '../../domain/statement/bill.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { keepBill, printTotals } from './bill-file.ts';
import { dayArgument } from './day-argument.ts';
import { inHouse, WrongUse } from './house.ts';

const ACCOUNTS: readonly FundAccount[] = ['BASIC', 'OPERATION', 'FEES'];

function readWish() {
  const options = { account: { type: 'string', default: 'BASIC' }, csv: { type: 'string' } } as const;
  const { positionals, values } = readArguments(2, ['<YYYY-MM-DD>'], options);
  const account = ACCOUNTS.find((known) => known === values.account);
  if (!account) throw new WrongUse(`--account is one of ${ACCOUNTS.join(', ')}.`);
  return { day: dayArgument(positionals[0]), account, csv: values.csv };
}

/** `wexagon bill fund-flow <YYYY-MM-DD> [--account BASIC] [--csv file]` */
await inHouse(
  readWish,
  async ({ day, account, csv }, { container }) => {
    const bill = await resolve(container, T.readBill).funds(day, account);
    return csv === undefined ? printTotals(bill) : keepBill(bill, csv);
  },
  { asksWechat: true },
);
