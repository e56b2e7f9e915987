import type { FundAccount } from '../../domain/statement/bill.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { keepBill, printTotals } from './bill-file.ts';
import { dayArgument } from './day-argument.ts';
import { inHouse, WrongUse } from './house.ts';

const ACCOUNTS: readonly FundAccount[] = ['BASIC', 'OPERATION', 'FEES'];

/** `wexagon bill fund-flow <YYYY-MM-DD> [--account BASIC] [--csv file]` */
await inHouse(
  async ({ container }) => {
    const options = { account: { type: 'string', default: 'BASIC' }, csv: { type: 'string' } } as const;
    const { positionals, values } = readArguments(2, ['<YYYY-MM-DD>'], options);
    const account = ACCOUNTS.find((known) => known === values.account);
    if (!account) throw new WrongUse(`--account is one of ${ACCOUNTS.join(', ')}.`);
    const bill = await resolve(container, T.readBill).funds(dayArgument(positionals[0]), account);
    return values.csv === undefined ? printTotals(bill) : keepBill(bill, values.csv);
  },
  { asksWechat: true },
);
