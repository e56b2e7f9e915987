import { type RawBuilder, sql } from 'kysely';

/** Where the two databases want the same thing said differently. */
export interface Flavour {
  /** Text that is kept and compared byte for byte. */
  readonly text: 'text' | RawBuilder<unknown>;
  /** A whole number of up to 53 bits. */
  readonly integer: 'integer' | 'bigint';
  readonly tableEnd: RawBuilder<unknown>;
  /** What makes an object of names and values, and a list of the objects of many rows. */
  readonly jsonObject: 'json_object' | 'json_build_object';
  readonly jsonList: 'json_group_array' | 'json_agg';
  /** SQLite counts calls in a file of its own, which nothing has to wait for. */
  readonly countsInDatabase: boolean;
  /** Held from before events get their places until they are committed. SQLite has one writer anyway. */
  readonly logLock: RawBuilder<unknown> | undefined;
}

export const SQLITE: Flavour = {
  text: 'text',
  integer: 'integer',
  tableEnd: sql`strict`,
  jsonObject: 'json_object',
  jsonList: 'json_group_array',
  countsInDatabase: false,
  logLock: undefined,
};

/** Any number will do that nobody else uses in this database; these are the letters of "wexlog". */
const LOG_LOCK = 0x77_65_78_6c_6f_67;

export const POSTGRES: Flavour = {
  text: sql`text collate "C"`,
  integer: 'bigint',
  tableEnd: sql``,
  jsonObject: 'json_build_object',
  jsonList: 'json_agg',
  countsInDatabase: true,
  logLock: sql`select pg_advisory_xact_lock(${sql.lit(LOG_LOCK)})`,
};
