import type { ColumnType } from 'kysely';

/** Times are whole milliseconds since 1970, so that every database keeps and compares them alike. */
export interface AccountRow {
  id: ColumnType<string, string, never>;
  appid: ColumnType<string, string, never>;
  openid: ColumnType<string, string, never>;
  unionid: string | null;
  /** JSON of a Profile. */
  profile: string;
  session_key_id: string;
  session_key_box: string;
  created_at: ColumnType<number, number, never>;
  version: number;
}

export interface SessionRow {
  id: ColumnType<string, string, never>;
  account_id: ColumnType<string, string, never>;
  token_digest: ColumnType<string, string, never>;
  device: ColumnType<string | null, string | null, never>;
  created_at: ColumnType<number, number, never>;
  last_seen_at: number;
  expires_at: ColumnType<number, number, never>;
  idle_expires_at: number;
}

/** One row that is written to see whether anything can be. */
export interface HeartbeatRow {
  id: string;
  beat_at: number;
}

export interface Schema {
  heartbeats: HeartbeatRow;
  accounts: AccountRow;
  sessions: SessionRow;
}
