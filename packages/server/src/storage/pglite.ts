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

/** PostgreSQL inside of this process, in a thread of its own, with its files in a directory. */
export class PgliteClient implements SqlClient {
  readonly #directory: string;
  readonly #clock: Clock;
  #lock: DirectoryLock | undefined;
  #worker: Worker | undefined;
  #waiter: Waiter | undefined;
  /** Why nothing can be asked any more. */
  #end: StoreError | undefined;
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
    return this.#exclusively(async () => {
      await this.#ask('BEGIN');
      try {
        const result = await work({ query: (text, parameters) => this.#ask(text, parameters) });
        await this.#ask('COMMIT');
        return result;
      } catch (error) {
        // It fails where the thread has ended, and with it the transaction.
        await this.#ask('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async #start(): Promise<void> {
    if (this.#closing !== undefined) {
      throw unavailable('it was closed');
    }
    await mkdir(this.#directory, { recursive: true });
    this.#lock = await DirectoryLock.acquire(this.#directory, this.#clock);
    try {
      await this.#startWorker();
    } catch (error) {
      await this.#stopWorker();
      await this.#lock.release();
      const message = `Expected a database in ${this.#directory}: ${toError(error).message}`;
      throw new StoreError('STORE_UNREADABLE', message, { cause: error });
    }
  }

  /** Resolves with the thread's first answer, which says that the database is open. */
  async #startWorker(): Promise<void> {
    const workerData: PgliteWorkerData = { directory: join(this.#directory, 'database') };
    const program = createRequire(import.meta.url).resolve(WORKER_NAME);
    const worker = new Worker(program, { workerData });
    this.#worker = worker;
    worker.on('message', (reply: PgliteReply) => {
      this.#settle(reply);
    });
    worker.on('error', (error) => {
      this.#endWith(unavailable(`its thread failed: ${error.message}`, error));
    });
    worker.on('exit', () => {
      this.#endWith(unavailable('its thread ended'));
    });
    await this.#answer();
  }

  async #close(): Promise<void> {
    // Whoever started it has been told of the failure.
    await this.#starting?.catch(() => undefined);
    await this.#queue;
    await this.#stopWorker();
    await this.#lock?.release();
  }

  async #stopWorker(): Promise<void> {
    const worker = this.#worker;
    if (worker !== undefined && this.#end === undefined) {
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage({ type: 'close' } satisfies PgliteRequest);
      await ended;
    }
    this.#end ??= unavailable('it was closed');
  }

  /** Runs a task after all that were asked before it, whatever became of them. */
  async #exclusively<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      throw unavailable('it was closed');
    }
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #ask(text: string, parameters: readonly SqlParameter[] = []): Promise<readonly SqlRow[]> {
    if (this.#worker === undefined || this.#end !== undefined) {
      throw this.#end ?? unavailable('it was not started');
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
    } else {
      waiter?.reject(
        reply.sqlState === undefined
          ? unavailable(reply.message)
          : toStoreError(reply.sqlState, reply.message),
      );
    }
  }

  #endWith(error: StoreError): void {
    this.#end ??= error;
    this.#waiter?.reject(this.#end);
    this.#waiter = undefined;
  }
}

function unavailable(reason: string, cause?: unknown): StoreError {
  const message = `The embedded database cannot be used: ${reason}`;
  return new StoreError('STORE_UNAVAILABLE', message, { cause });
}
