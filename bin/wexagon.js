#!/usr/bin/env node
import { existsSync } from 'node:fs';

// Plain JavaScript that any Node can read: an older one has to get as far as the sentence below,
// and no further, for the native packages behind it would crash the process without a word.
const [major, minor] = process.versions.node.split('.').map(Number);
const isNewEnough = (major > 22 || (major === 22 && minor >= 18)) && Boolean(process.features.typescript);

const CSV =
  "The file is WeChat's own, byte for byte: a comma in a name ends a cell there, and nothing keeps a spreadsheet from\ncalculating what follows. GET /v1/merchant/bills/… with `accept: text/csv` answers a file that is safe to open.";

const COMMANDS = {
  start: { module: 'main', about: 'serves, which is what is done without a command' },
  demo: { module: 'main/demo', about: 'plays a payment from login to money against a WeChat of our own' },
  doctor: { module: 'main/commands/doctor', about: 'looks at configuration, storage, certificate, clock and WeChat' },
  migrate: { module: 'main/commands/migrate', about: 'brings the storage up to date, as every start does' },
  'order show': {
    module: 'main/commands/order-show',
    takes: '<out_trade_no>',
    about: 'shows an order with its payment and its refunds',
  },
  'order sync': {
    module: 'main/commands/order-sync',
    takes: '<out_trade_no>',
    about: 'asks WeChat how an order stands, and shows it',
  },
  refund: {
    module: 'main/commands/refund',
    takes: '<out_trade_no> <fen> [--number <out_refund_no>] [--reason <text>]',
    about: 'pays back a part of an order, or all of it; the same --number again is the same refund',
  },
  'bill trade': {
    module: 'main/commands/bill-trade',
    takes: '<YYYY-MM-DD> [--type ALL|SUCCESS|REFUND|RECHARGE_REFUND] [--csv <file>]',
    about: "sums up a day's trades; --csv keeps WeChat's own file",
    more: CSV,
  },
  'bill fund-flow': {
    module: 'main/commands/bill-fund-flow',
    takes: '<YYYY-MM-DD> [--account BASIC|OPERATION|FEES] [--csv <file>]',
    about: "sums up the movements of a day's money; --csv keeps WeChat's own file",
    more: CSV,
  },
  reconcile: {
    module: 'main/commands/reconcile',
    takes: '<YYYY-MM-DD> [--again]',
    about: "compares a day's bill with our orders, puts right what it can, and lists the rest; --again does it anew",
  },
  'events tail': {
    module: 'main/commands/events-tail',
    takes: '[--after <event id>] [--follow]',
    about: 'prints the events, one JSON object a line',
  },
  'webhooks list': {
    module: 'main/commands/webhooks-list',
    takes: '[--state dead|waiting|delivered] [--after <event id>]',
    about: 'prints the dead letters among the webhooks, or the others, one JSON object a line',
  },
  'webhooks replay': {
    module: 'main/commands/webhooks-replay',
    takes: '<event id> [--to <event id>] [--state dead|delivered]',
    about: 'has a webhook sent again; with --to the dead letters of a range, or what was delivered',
  },
  'webhooks enable': {
    module: 'main/commands/webhooks-enable',
    about: 'sends webhooks again to a receiver that had answered 410',
  },
  'keys rotate': {
    module: 'main/keys-rotate',
    takes: '[--forget-unreadable]',
    about: 'seals every stored session key under the first key of SECRET_KEYS',
  },
  'storage copy': {
    module: 'main/storage-copy',
    takes: '--from <storage> --to <storage>',
    about: 'carries everything from one storage to another and proves that it arrived',
  },
  simulator: { module: 'simulator/main', about: 'runs the WeChat of our own as a program of its own' },
};

const args = process.argv.slice(2);
const command = commandIn(args);

/** The longest beginning of what was written that is a command; `start` where nothing was written. */
function commandIn([first, second]) {
  if (first === undefined || first.startsWith('-')) return 'start';
  return Object.hasOwn(COMMANDS, `${first} ${second}`) ? `${first} ${second}` : first;
}

const usage = (name) => `wexagon ${name}${COMMANDS[name].takes ? ` ${COMMANDS[name].takes}` : ''}`;

function help() {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length)) + 2;
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(width)}${about}`);
  return `Usage: wexagon [command]\n\n${lines.join('\n')}\n\n\`wexagon <command> --help\` says what a command takes. Settings come from the environment; README has\nthe table. Exit codes: 0 done, 1 not done, 2 used wrongly.`;
}

if (!isNewEnough) {
  console.error(`Wexagon needs Node 22.18 or newer; this is Node ${process.versions.node}.`);
  process.exitCode = 1;
} else if (command === 'help' || args[0] === '--help' || args[0] === '-h') {
  console.log(help());
} else if (!Object.hasOwn(COMMANDS, command)) {
  console.error(
    `There is no command "${args.filter((arg) => !arg.startsWith('-')).join(' ')}". There are: ${Object.keys(COMMANDS).join(', ')}.`,
  );
  process.exitCode = 2;
} else if (args.includes('--help')) {
  const { about, more } = COMMANDS[command];
  console.log([`Usage: ${usage(command)}`, `It ${about}.`, more].filter(Boolean).join('\n\n'));
} else {
  // A checkout runs its sources; an installed package, where Node strips no types, what was built from them.
  const source = new URL(`../src/${COMMANDS[command].module}.ts`, import.meta.url);
  await import(existsSync(source) ? source.href : `../dist/src/${COMMANDS[command].module}.js`);
}
