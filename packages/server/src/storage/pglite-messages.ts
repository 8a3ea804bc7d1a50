import type { SqlRow } from '../ports/sql.ts';

/** What the thread of PGlite is started with. */
export interface PgliteWorkerData {
  /** Where the database is, or will be; its parent exists. */
  readonly directory: string;
}

/** What the thread is asked to do: one thing at a time. */
export type PgliteRequest =
  | {
      readonly type: 'query';
      readonly text: string;
      readonly parameters: readonly (string | null)[];
    }
  | { readonly type: 'close' };

/** What the thread answers: once when it is ready, then once to each request but `close`. */
export type PgliteReply =
  | { readonly type: 'rows'; readonly rows: readonly SqlRow[] }
  /** `sqlState` is PostgreSQL's code; undefined where PGlite itself failed. */
  | { readonly type: 'error'; readonly message: string; readonly sqlState: string | undefined };
