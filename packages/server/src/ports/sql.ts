/** What a column can hold, the same whichever engine holds it; `storage/sql-values.ts` has the rules. */
export type SqlValue = string | number | bigint | boolean | null;

/** One row of an answer, by the names of its columns. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What a statement can be given: an array becomes one of PostgreSQL's, for `unnest`. */
export type SqlParameter = SqlValue | readonly SqlValue[];

/** Runs statements in PostgreSQL's language. */
export interface SqlSession {
  /**
   * Runs one statement with `$1`, `$2` … in the place of its parameters and resolves with its rows.
   * Rejects with a StoreError, which says whether trying again can help.
   */
  query(text: string, parameters?: readonly SqlParameter[]): Promise<readonly SqlRow[]>;
}

/** A database: PGlite in a thread of ours, or a PostgreSQL server. */
export interface SqlClient extends SqlSession {
  /** Resolves once statements can be run; rejects with a StoreError and leaves nothing behind. */
  start(): Promise<void>;
  /**
   * Runs `work` in one transaction, which is committed when it resolves and rolled back when it
   * rejects. `work` MUST use the session that it is given, never the client: an engine with only
   * one connection would wait for itself.
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Lets what runs end and gives everything back; what is asked for later is rejected. */
  close(): Promise<void>;
}
