import Database from 'better-sqlite3';
import { openSqlite } from '../../src/adapters/kysely/open-sqlite.ts';

/** Opens a database and kills itself with SIGKILL before the n-th statement that is executed on it. */
const [path = '', nth = '0'] = process.argv.slice(2);

let statements = 0;
// oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
const prepare = Database.prototype.prepare;
Database.prototype.prepare = function dieOrPrepare(this: Database.Database, sql: string) {
  statements += 1;
  if (statements === Number(nth)) process.kill(process.pid, 'SIGKILL');
  return prepare.call(this, sql);
} as typeof prepare;

await (await openSqlite({ path })).close();
