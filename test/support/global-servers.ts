import type { TestProject } from 'vitest/node';
import { MISSING_BACKENDS, type MissingBackend } from './closing-reporter.ts';
import { describeMongo, MongoServer } from './servers/mongo-server.ts';
import { PostgresServer, postgresVersion } from './servers/postgres-server.ts';

interface Missing {
  readonly missing: string;
}

/** What tests need to know of the servers that run for all of them. */
export interface Servers {
  readonly postgres: { readonly url: string; readonly server: string } | Missing;
  readonly mongo: { readonly urlBase: string; readonly server: string; readonly isStandIn: boolean } | Missing;
}

declare module 'vitest' {
  interface ProvidedContext {
    servers: Servers;
  }
}

const started: { dispose(): Promise<void> }[] = [];

/** Once for each run, before its tests: the servers whose addresses are given, or ones of our own. */
export async function setup(project: TestProject): Promise<void> {
  const required = requiredBackends();
  const [postgres, mongo] = await Promise.all([orMissing(findPostgres()), orMissing(findMongo())]);
  const servers = { postgres, mongo };
  const missing = Object.entries(servers).flatMap(([name, facts]) =>
    'missing' in facts ? [{ name, reason: facts.missing }] : [],
  );
  for (const [name, facts] of Object.entries(servers))
    console.log(`${name}: ${'missing' in facts ? `none, for ${facts.missing}` : facts.server}`);
  await refuseToGoWithout(missing.filter(({ name }) => required.has(name)));
  Object.assign(globalThis, { [MISSING_BACKENDS]: missing });
  project.provide('servers', servers);
}

export async function teardown(): Promise<void> {
  await Promise.all(started.splice(0).map((server) => server.dispose()));
}

async function findPostgres(): Promise<Servers['postgres']> {
  const { POSTGRES_URL: given } = process.env;
  if (given) return { url: given, server: await postgresVersion(given) };
  const server = await PostgresServer.start();
  started.push(server);
  return { url: server.url, server: server.version };
}

async function findMongo(): Promise<Servers['mongo']> {
  const { MONGODB_URL: given } = process.env;
  if (given) return { urlBase: given, ...(await describeMongo(given)) };
  const mongo = await MongoServer.start();
  started.push(mongo);
  const { urlBase, server, isStandIn } = mongo;
  return { urlBase, server, isStandIn };
}

const orMissing = <Facts>(facts: Promise<Facts>): Promise<Facts | Missing> =>
  facts.catch((error: unknown) => ({ missing: error instanceof Error ? error.message : String(error) }));

async function refuseToGoWithout(lacking: readonly MissingBackend[]): Promise<void> {
  if (lacking.length === 0) return;
  await teardown();
  throw new Error(lacking.map(({ name, reason }) => `${name} is required and missing: ${reason}`).join('\n'));
}

/** `REQUIRED_BACKENDS=postgres,mongo` is for runs that would prove nothing without them. An address says the same. */
function requiredBackends(): Set<string> {
  const { REQUIRED_BACKENDS = '', POSTGRES_URL, MONGODB_URL } = process.env;
  const required = new Set(REQUIRED_BACKENDS.split(',').map((name) => name.trim()));
  if (POSTGRES_URL) required.add('postgres');
  if (MONGODB_URL) required.add('mongo');
  const unknown = [...required].filter((name) => !['', 'memory', 'sqlite', 'postgres', 'mongo'].includes(name));
  if (unknown.length > 0) throw new Error(`REQUIRED_BACKENDS names what does not exist: ${unknown.join(', ')}`);
  return required;
}
