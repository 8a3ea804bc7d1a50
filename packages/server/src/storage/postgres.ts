import pg from 'pg';
import { StoreError, toError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { SqlClient, SqlParameter, SqlRow, SqlSession } from '../ports/sql.ts';
import { explain, refused } from './postgres-errors.ts';
import { PostgresSockets } from './postgres-sockets.ts';
import { integerOf, parserOf, toSqlText } from './sql-values.ts';
import { inTransaction } from './transaction.ts';

/** Where a PostgreSQL server is: an URL, which may ask for TLS (`?sslmode=…`), or its parts. */
export type PostgresAddress =
  | { readonly url: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      readonly password?: string;
    };

export interface PostgresOptions {
  readonly address: PostgresAddress;
  readonly logger: Logger;
}

const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
/** When the server gives a statement up. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** When we give up a server that does not even say that it has. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
/** How long closing waits for what still runs, and for the server to say goodbye. */
const CLOSE_TIMEOUT_MS = 2_000;
/** PostgreSQL 13, as `server_version_num`. */
const OLDEST_VERSION = 130_000;

/**
 * A PostgreSQL server, through a few connections that are made as they are needed: one that broke
 * fails what it was doing, and what comes later gets another. What has not ended two seconds after
 * it was closed is given up.
 */
export class PostgresClient implements SqlClient {
  readonly #config: pg.PoolConfig;
  readonly #pool: pg.Pool;
  readonly #sockets = new PostgresSockets();
  /** What was begun: the pool forgets those who wait for a connection when it is closed. */
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor({ address, logger }: PostgresOptions) {
    this.#config = toPoolConfig(address);
    this.#pool = new pg.Pool({
      ...this.#config,
      application_name: 'tickwire',
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
      types: { getTypeParser: parserOf },
      verify: prepare,
      stream: this.#sockets.create,
    });
    // The pool has thrown the connection away; unheard, the event would end the process.
    this.#pool.on('error', (error) => {
      logger.warn({ reason: error.message }, 'Lost an idle connection to the database');
    });
  }

  async start(): Promise<void> {
    this.#refuseMistakes();
    const [row = {}] = await this.query("SELECT current_setting('server_version_num')::int AS v");
    const version = integerOf(row, 'v');
    if (version < OLDEST_VERSION) {
      throw new StoreError(
        'STORE_UNSUPPORTED',
        `Expected a database server of PostgreSQL 13 or newer, got ${version / 10_000}`,
      );
    }
  }

  async query(text: string, parameters: readonly SqlParameter[] = []): Promise<readonly SqlRow[]> {
    return this.#track(() => run(this.#pool, text, parameters));
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#track(() => this.#transact(work));
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  /** The pool reads the address, and the certificates that it names, with each connection. */
  #refuseMistakes(): void {
    let port: number;
    try {
      ({ port } = new pg.Client(this.#config));
    } catch (error) {
      throw refused(toError(error).message, error);
    }
    if (!(port > 0 && port < 65_536)) {
      throw refused(`expected a port from 1 to 65535, got ${port}`);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw explain(error);
    }
  }

  async #transact<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    client.on('error', IGNORE);
    const session: SqlSession = {
      query: (text, parameters = []) => run(client, text, parameters),
    };
    let isLost = false;
    try {
      return await inTransaction(session, work, () => {
        isLost = true;
      });
    } finally {
      client.off('error', IGNORE);
      client.release(isLost);
    }
  }

  async #close(): Promise<void> {
    const overdue = setTimeout(() => {
      this.#sockets.end();
    }, CLOSE_TIMEOUT_MS);
    await Promise.allSettled(this.#running);
    await this.#pool.end();
    await this.#sockets.closed();
    clearTimeout(overdue);
  }

  async #track<T>(begin: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      throw new StoreError('STORE_UNAVAILABLE', 'The database cannot be used: it was closed');
    }
    const result = begin();
    this.#running.add(result);
    try {
      return await result;
    } finally {
      this.#running.delete(result);
    }
  }
}

/** The errors of a connection in use reach whoever waits for its answer. */
const IGNORE = (): void => undefined;

async function run(
  connection: pg.Pool | pg.PoolClient,
  text: string,
  parameters: readonly SqlParameter[],
): Promise<readonly SqlRow[]> {
  try {
    const { rows } = await connection.query<SqlRow>(text, parameters.map(toSqlText));
    return rows;
  } catch (error) {
    throw explain(error);
  }
}

function toPoolConfig(address: PostgresAddress): pg.PoolConfig {
  return 'url' in address ? { connectionString: address.url } : { ...address, ssl: false };
}

/** Statements and not start-up parameters, which poolers between us and the server refuse. */
function prepare(client: pg.PoolClient, done: (error?: Error) => void): void {
  client
    .query(
      `SET TIME ZONE 'UTC'; SET DATESTYLE = 'ISO'; SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    )
    .then(() => {
      done();
    })
    .catch((error: unknown) => {
      done(toError(error));
    });
}
