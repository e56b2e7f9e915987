import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PAY_APIS, type PayApi } from '../src/domain/order/pay-api.ts';
import { BUILDS, type Build } from '../test/support/storm/builds.ts';
import { countsOf } from '../test/support/storm/checker.ts';
import { storm, type StormReport, TABLE_HEAD, tableLine } from '../test/support/storm/storm.ts';
import { databaseUrl, MongoServer } from '../test/support/servers/mongo-server.ts';
import { createDatabase, PostgresServer } from '../test/support/servers/postgres-server.ts';

/*
 * `npm run storm`: two instances on one storage, killed over and over under orders, payments and notices, and a checker
 * that compares what was acknowledged, what WeChat knows and what is kept. Fails on anything that is lost or doubled.
 */

const { values } = parseArgs({
  options: {
    storage: { type: 'string', default: 'sqlite' },
    api: { type: 'string', default: 'v2' },
    orders: { type: 'string', default: '7000' },
    kills: { type: 'string', default: '25' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    build: { type: 'string', default: 'right' },
  },
});

/** A storage for one storm, and what to do with it afterwards. */
interface Place {
  readonly settings: Record<string, string>;
  readonly server: string;
  readonly leave: () => Promise<void> | void;
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'wexagon-storm-'));
    return {
      settings: { STORAGE: 'sqlite', SQLITE_PATH: join(folder, 'wexagon.db') },
      server: 'SQLite, WAL, synchronous FULL',
      leave: () => rmSync(folder, { recursive: true }),
    };
  },
  async postgres() {
    const { POSTGRES_URL: given } = process.env;
    const own = given === undefined ? await PostgresServer.start({ durable: true }) : undefined;
    const url = await createDatabase(given ?? own!.url);
    const server = own?.version ?? 'PostgreSQL at POSTGRES_URL';
    return { settings: { STORAGE: 'postgres', POSTGRES_URL: url }, server, leave: async () => own?.dispose() };
  },
  async mongo() {
    const { MONGODB_URL: given } = process.env;
    const own = given === undefined ? await MongoServer.start() : undefined;
    const url = databaseUrl(given ?? own!.urlBase, `wexagon_storm_${Date.now()}`);
    const server = own?.server ?? 'MongoDB at MONGODB_URL';
    return { settings: { STORAGE: 'mongo', MONGODB_URL: url }, server, leave: async () => own?.dispose() };
  },
};

async function run(name: string): Promise<StormReport> {
  const open = PLACES[name];
  if (!open) throw new Error(`--storage is one of ${Object.keys(PLACES).join(', ')}, all`);
  const [api, build] = [apiNamed(values.api), buildNamed(values.build)];
  const place = await open();
  const [orders, kills, seed] = [Number(values.orders), Number(values.kills), Number(values.seed)];
  console.log(`${place.server}, ${api}, build ${build}, seed ${seed}`);
  try {
    const onProgress = (line: string) => console.log(`  ${(performance.now() / 1_000).toFixed(1)} s: ${line}`);
    return await storm({ storage: place.settings, api, orders, kills, seed, build, onProgress });
  } finally {
    await place.leave();
  }
}

function buildNamed(name: string): Build {
  const build = BUILDS.find((known) => known === name);
  if (!build) throw new Error(`--build is one of ${BUILDS.join(', ')}`);
  return build;
}

function apiNamed(name: string): PayApi {
  const api = PAY_APIS.find((known) => known === name);
  if (!api) throw new Error(`--api is one of ${PAY_APIS.join(', ')}`);
  return api;
}

function tellFindings({ found, givenUp }: StormReport): void {
  if (givenUp > 0) console.log(`  ${givenUp} notices were given up on after 16 tries; looks found what they told`);
  for (const [finding, count] of Object.entries(countsOf(found))) {
    const some = found.filter((one) => one.finding === finding).slice(0, 3);
    if (count > 0) console.log(`  ${finding}: ${count}, ${some.map(({ outTradeNo }) => outTradeNo).join(', ')} …`);
  }
}

const names = values.storage === 'all' ? Object.keys(PLACES) : [values.storage];
const reports: StormReport[] = [];
for (const name of names) {
  const report = await run(name);
  tellFindings(report);
  reports.push(report);
}
console.log(`\n${[TABLE_HEAD, ...reports.map(tableLine)].join('\n')}`);
process.exitCode = reports.some(({ found }) => found.length > 0) ? 1 : 0;
