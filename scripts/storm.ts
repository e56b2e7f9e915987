import { parseArgs } from 'node:util';
import { PAY_APIS } from '../src/domain/order/pay-api.ts';
import { BUILDS } from '../test/support/storm/builds.ts';
import { countsOf } from '../test/support/storm/findings.ts';
import { PLACES } from '../test/support/storm/places.ts';
import { tableOf } from '../test/support/storm/report.ts';
import { storm, type StormReport } from '../test/support/storm/storm.ts';

/*
 * `npm run storm`: servers on one storage, killed over and over while everything else goes wrong too, and a checker that
 * compares what everybody was told with what WeChat knows and what is kept. Fails on anything that is lost or doubled.
 */

const { values } = parseArgs({
  options: {
    storage: { type: 'string', default: 'sqlite' },
    api: { type: 'string', default: 'v2' },
    instances: { type: 'string', default: '2' },
    orders: { type: 'string', default: '7000' },
    kills: { type: 'string', default: '80' },
    shakes: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    build: { type: 'string', default: 'right' },
  },
});

const names = values.storage === 'all' ? Object.keys(PLACES) : [oneOf('storage', Object.keys(PLACES))];
const apis = values.api === 'both' ? PAY_APIS : [oneOf('api', PAY_APIS)];
const build = oneOf('build', BUILDS);
const [instances, orders, kills] = [number('instances'), number('orders'), number('kills')];
const [shakes, seed] = [number('shakes'), number('seed')];

async function run(name: string, api: (typeof PAY_APIS)[number]): Promise<StormReport> {
  const place = await PLACES[name]!();
  console.log(`${place.server}, ${api}, build ${build}, seed ${seed}`);
  try {
    const onProgress = (line: string) => console.log(`  ${(performance.now() / 1_000).toFixed(1)} s: ${line}`);
    const deaths = name === 'memory' ? 0 : kills;
    return await storm({ place, api, instances, orders, kills: deaths, shakes, seed, build, onProgress });
  } finally {
    await place.leave();
  }
}

function oneOf<Name extends string>(option: 'storage' | 'api' | 'build', known: readonly Name[]): Name {
  const found = known.find((name) => name === values[option]);
  if (found === undefined) throw new Error(`--${option} is one of ${known.join(', ')}`);
  return found;
}

function number(option: 'instances' | 'orders' | 'kills' | 'shakes' | 'seed'): number {
  const text = values[option];
  if (!/^\d{1,7}$/.test(text)) throw new Error(`--${option} is a whole number`);
  return Number(text);
}

function tellFindings({ found }: StormReport): void {
  for (const [finding, count] of Object.entries(countsOf(found))) {
    const some = found.filter((one) => one.finding === finding).slice(0, 3);
    if (count > 0) console.log(`  ${finding}: ${count}, ${some.map(({ about }) => about).join(', ')} …`);
  }
}

const reports: StormReport[] = [];
for (const name of names)
  for (const api of apis) {
    const report = await run(name, api);
    tellFindings(report);
    reports.push(report);
  }
console.log(`\n${tableOf(reports)}`);
process.exitCode = reports.some(({ found }) => found.length > 0) ? 1 : 0;
