import { type RawBuilder, sql } from 'kysely';

/** Where the two databases want the same thing said differently. */
export interface Flavour {
  /** Text that is kept and compared byte for byte. */
  readonly text: 'text' | RawBuilder<unknown>;
  /** A whole number of up to 53 bits. */
  readonly integer: 'integer' | 'bigint';
  readonly tableEnd: RawBuilder<unknown>;
  /** SQLite counts calls in a file of its own, which nothing has to wait for. */
  readonly countsInDatabase: boolean;
}

export const SQLITE: Flavour = { text: 'text', integer: 'integer', tableEnd: sql`strict`, countsInDatabase: false };

export const POSTGRES: Flavour = {
  text: sql`text collate "C"`,
  integer: 'bigint',
  tableEnd: sql``,
  countsInDatabase: true,
};
