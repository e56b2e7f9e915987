import { accessSync, constants, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { mongo } from 'mongoose';
import { freePort, ServerChild } from './server-child.ts';
import { ServerHome } from './server-home.ts';

const require = createRequire(import.meta.url);

/** How long a mongod may take to be found, fetched where that is wished, and started, in milliseconds. */
const PATIENCE = 60_000;

/** What runs, and how it is begun. */
interface Kind {
  readonly isStandIn: boolean;
  readonly command: string;
  readonly argsFor: (port: number, home: ServerHome) => string[];
  readonly ready: RegExp;
  /** What it takes after the start until it serves. */
  readonly settle: (port: number) => Promise<void>;
  readonly options: string;
}

/** A MongoDB of our own, or what stands in for it where none can be had; `server` says which. */
export class MongoServer {
  readonly server: string;
  readonly isStandIn: boolean;
  /** With no database's name in it: {@link databaseUrl} puts one there. */
  readonly urlBase: string;
  readonly #kind: Kind;
  readonly #home: ServerHome;
  readonly #port: number;
  #child: ServerChild;

  private constructor(kind: Kind, home: ServerHome, port: number, child: ServerChild, server: string) {
    this.server = server;
    this.isStandIn = kind.isStandIn;
    this.urlBase = urlOf(kind, port);
    this.#kind = kind;
    this.#home = home;
    this.#port = port;
    this.#child = child;
  }

  /** A real mongod as a replica set of one, if there is one; else jongodb, if it runs here; else throws the reason. */
  static async start(): Promise<MongoServer> {
    const mongod = await Promise.race([findMongod(), wait(PATIENCE, undefined, { ref: false })]);
    if (mongod === undefined) return MongoServer.#begin(jongodb());
    try {
      return await MongoServer.#begin(mongodKind(mongod));
    } catch (error) {
      console.warn(`${mongod} is there and does not serve: ${String(error)}`);
      return MongoServer.#begin(jongodb());
    }
  }

  static async #begin(kind: Kind): Promise<MongoServer> {
    const [home, port] = [new ServerHome('KILL'), await freePort()];
    try {
      const child = await launch(kind, home, port);
      const { server } = await describeMongo(urlOf(kind, port));
      return new MongoServer(kind, home, port, child, server);
    } catch (error) {
      home.remove();
      throw error;
    }
  }

  url(database: string): string {
    return databaseUrl(this.urlBase, database);
  }

  /** As a crash would. A stand-in forgets everything with it, indexes too. */
  async kill(): Promise<void> {
    await this.#child.end('SIGKILL');
  }

  /** On the same port, with the same data where it has any. */
  async restart(): Promise<void> {
    await this.kill();
    this.#child = await launch(this.#kind, this.#home, this.#port);
  }

  freeze(): void {
    this.#child.freeze();
  }

  thaw(): void {
    this.#child.thaw();
  }

  async dispose(): Promise<void> {
    await this.kill();
    this.#home.remove();
  }
}

const urlOf = ({ options }: Kind, port: number): string => `mongodb://127.0.0.1:${port}/${options}`;

async function launch(kind: Kind, home: ServerHome, port: number): Promise<ServerChild> {
  const { command, argsFor, ready, settle } = kind;
  const child = await ServerChild.launch({ home, command, args: argsFor(port, home), ready });
  try {
    await settle(port);
    return child;
  } catch (error) {
    await child.end('SIGKILL');
    throw error;
  }
}

/** The URL with another database's name in it. Who logs in does so where they did before. */
export function databaseUrl(urlBase: string, database: string): string {
  const [, hosts, from = '', options = ''] = /^([^/]+:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(urlBase) ?? [];
  if (hosts === undefined) throw new Error('the address of a MongoDB cannot be read');
  const given = new URLSearchParams(options);
  if (hosts.includes('@') && !given.has('authSource')) given.set('authSource', from || 'admin');
  return `${hosts}/${database}${given.size > 0 ? `?${given.toString()}` : ''}`;
}

/** A stand-in is told by its own word, at MONGODB_URL too. */
export async function describeMongo(url: string): Promise<{ server: string; isStandIn: boolean }> {
  const { version } = await withClient(url, (client) => client.db('admin').command({ buildInfo: 1 }));
  const isStandIn = /jongodb/i.test(String(version));
  return {
    server: isStandIn ? `jongodb ${version} (in-memory stand-in, not MongoDB)` : `MongoDB ${version}`,
    isStandIn,
  };
}

/** A stand-in cannot do it, and needs not: it forgets by itself. */
export async function dropMongoDatabase(url: string): Promise<void> {
  await withClient(url, (client) => client.db().dropDatabase());
}

async function withClient<Answer>(url: string, use: (client: mongo.MongoClient) => Promise<Answer>): Promise<Answer> {
  const client = new mongo.MongoClient(url, { serverSelectionTimeoutMS: 5_000 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** mongodb-memory-server knows where one may be, and looks everywhere but on the PATH; it fetches one where told to. */
async function findMongod(): Promise<string | undefined> {
  process.env.MONGOMS_RUNTIME_DOWNLOAD ??= 'false';
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK ??= 'false';
  const onPath = mongodOnPath();
  if (onPath !== undefined) process.env.MONGOMS_SYSTEM_BINARY ??= onPath;
  const { MongoBinary } = await import('mongodb-memory-server-core/lib/util/MongoBinary.js');
  return MongoBinary.getPath().catch(() => undefined);
}

const mongodOnPath = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'mongod'))
    .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const mongodKind = (command: string): Kind => ({
  isStandIn: false,
  command,
  argsFor: (port, home) => {
    const data = join(home.path, 'data');
    mkdirSync(data, { recursive: true });
    return ['--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--dbpath', data, '--replSet', 'rs0'];
  },
  ready: /Waiting for connections/i,
  settle: (port) => becomePrimary(port),
  options: '?replicaSet=rs0',
});

/** A replica set of one, made on its first start; after a restart it has to elect itself again. */
async function becomePrimary(port: number): Promise<void> {
  const host = `127.0.0.1:${port}`;
  await withClient(`mongodb://${host}/?directConnection=true`, async (client) => {
    const admin = client.db('admin');
    const config = { _id: 'rs0', members: [{ _id: 0, host }] };
    await admin.command({ replSetInitiate: config }).catch((error: { codeName?: string }) => {
      if (error.codeName !== 'AlreadyInitialized') throw error;
    });
    const deadline = performance.now() + PATIENCE;
    while ((await admin.command({ hello: 1 })).isWritablePrimary !== true) {
      if (performance.now() > deadline) throw new Error('the mongod does not become primary');
      await wait(50);
    }
  });
}

function jongodb(): Kind {
  return {
    isStandIn: true,
    command: jongodbBinary(),
    argsFor: (port) => ['--host=127.0.0.1', `--port=${port}`],
    ready: /JONGODB_URI=/,
    settle: async () => {},
    options: '',
  };
}

function jongodbBinary(): string {
  try {
    const manifest = require.resolve('@jongodb/memory-server-bin-linux-x64-gnu/package.json');
    const binary = join(dirname(manifest), 'bin', 'jongodb');
    accessSync(binary, constants.X_OK);
    return binary;
  } catch (cause) {
    throw new Error('there is no mongod on the PATH or in the cache, and no jongodb for this platform', { cause });
  }
}
