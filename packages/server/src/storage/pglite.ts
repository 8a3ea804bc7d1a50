import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StoreError, toError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { SqlClient, SqlParameter, SqlRow, SqlSession } from '../ports/sql.ts';
import { DirectoryLock } from './directory-lock.ts';
import type { PgliteReply, PgliteRequest, PgliteWorkerData } from './pglite-messages.ts';
import { toStoreError } from './sql-errors.ts';
import { toSqlText } from './sql-values.ts';
import { inTransaction } from './transaction.ts';

export interface PgliteOptions {
  /** Created if it is missing; the database is in its `database`. */
  readonly directory: string;
  readonly clock: Clock;
}

interface Waiter {
  readonly resolve: (rows: readonly SqlRow[]) => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * The thread's program, by a name of package.json: a thread cannot load TypeScript, so it is the
 * built one also where the rest runs from source.
 */
const WORKER_NAME = '#pglite-worker';

/**
 * PostgreSQL inside of this process, in a thread of its own, with its files in a directory. A thread
 * that fails takes with it what it was doing, and the next to ask gets another, which mends the
 * files as after a kill.
 */
export class PgliteClient implements SqlClient {
  readonly #directory: string;
  readonly #clock: Clock;
  #lock: DirectoryLock | undefined;
  #worker: Worker | undefined;
  #waiter: Waiter | undefined;
  /** The end of a thread that was abandoned. */
  #ending: Promise<unknown> | undefined;
  /** The end of what was asked so far: there is one connection, which does one thing at a time. */
  #queue: Promise<unknown> = Promise.resolve();
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor({ directory, clock }: PgliteOptions) {
    this.#directory = resolve(directory);
    this.#clock = clock;
  }

  async start(): Promise<void> {
    await (this.#starting ??= this.#start());
  }

  async query(text: string, parameters: readonly SqlParameter[] = []): Promise<readonly SqlRow[]> {
    return this.#exclusively(() => this.#ask(text, parameters));
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const session: SqlSession = {
      query: (text, parameters) => this.#ask(text, parameters),
    };
    return this.#exclusively(() =>
      inTransaction(session, work, () => {
        void this.#abandonWorker();
      }),
    );
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async #start(): Promise<void> {
    if (this.#closing !== undefined) {
      throw unavailable('it was closed');
    }
    try {
      await mkdir(this.#directory, { recursive: true });
      this.#lock = await DirectoryLock.acquire(this.#directory, this.#clock);
      await this.#startWorker();
    } catch (error) {
      await this.#lock?.release();
      this.#lock = undefined;
      throw error instanceof StoreError && error.code === 'STORE_LOCKED'
        ? error
        : new StoreError(
            'STORE_UNREADABLE',
            `Expected a database in ${this.#directory}: ${toError(error).message}`,
            { cause: error },
          );
    }
  }

  /** Resolves with the thread's first answer, which says that the database is open. */
  async #startWorker(): Promise<void> {
    await this.#ending;
    const workerData: PgliteWorkerData = { directory: join(this.#directory, 'database') };
    const program = createRequire(import.meta.url).resolve(WORKER_NAME);
    const worker = new Worker(program, { workerData });
    let reason = unavailable('its thread ended');
    worker.on('message', (reply: PgliteReply) => {
      if (this.#worker === worker) {
        this.#settle(reply);
      }
    });
    worker.on('error', (error) => {
      reason = unavailable(`its thread failed: ${error.message}`, error);
    });
    worker.on('exit', () => {
      this.#lose(worker, reason);
    });
    this.#worker = worker;
    try {
      await this.#answer();
    } catch (error) {
      await this.#abandonWorker();
      throw error;
    }
  }

  async #close(): Promise<void> {
    // Whoever started it has been told of the failure.
    await this.#starting?.catch(() => undefined);
    await this.#queue;
    await this.#stopWorker();
    await this.#ending;
    await this.#lock?.release();
  }

  async #stopWorker(): Promise<void> {
    const worker = this.#worker;
    if (worker !== undefined) {
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage({ type: 'close' } satisfies PgliteRequest);
      await ended;
    }
  }

  /** Runs a task after all that were asked before it, whatever became of them. */
  async #exclusively<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      throw unavailable('it was closed');
    }
    const result = this.#queue.then(async () => {
      if (this.#lock === undefined) {
        throw unavailable('it was not started');
      }
      if (this.#worker === undefined) {
        await this.#startWorker();
      }
      return task();
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #ask(text: string, parameters: readonly SqlParameter[] = []): Promise<readonly SqlRow[]> {
    if (this.#worker === undefined) {
      throw unavailable('its thread ended');
    }
    const request: PgliteRequest = { type: 'query', text, parameters: parameters.map(toSqlText) };
    this.#worker.postMessage(request);
    return this.#answer();
  }

  async #answer(): Promise<readonly SqlRow[]> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  #settle(reply: PgliteReply): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (reply.type === 'rows') {
      waiter?.resolve(reply.rows);
    } else if (reply.sqlState !== undefined) {
      waiter?.reject(toStoreError(reply.sqlState, reply.message));
    } else {
      // After a failure of PGlite itself, nobody knows what the thread would do next.
      void this.#abandonWorker();
      waiter?.reject(unavailable(reply.message));
    }
  }

  /** Ends the thread as a kill would; the next one MUST wait for that. */
  async #abandonWorker(): Promise<void> {
    if (this.#worker !== undefined) {
      this.#ending = this.#worker.terminate();
      this.#worker = undefined;
    }
    await this.#ending;
  }

  #lose(worker: Worker, error: StoreError): void {
    if (this.#worker === worker) {
      this.#worker = undefined;
      this.#waiter?.reject(error);
      this.#waiter = undefined;
    }
  }
}

function unavailable(reason: string, cause?: unknown): StoreError {
  const message = `The embedded database cannot be used: ${reason}`;
  return new StoreError('STORE_UNAVAILABLE', message, { cause });
}
