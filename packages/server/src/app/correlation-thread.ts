import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { BarSeries } from '../domain/statistics/bar-series.ts';
import { CorrelationMatrix } from '../domain/statistics/correlation-matrix.ts';
import type { CorrelationRequest } from './correlation-worker.ts';

/**
 * The thread's program, by a name of package.json: a thread cannot load TypeScript, so it is the
 * built one also where the rest runs from source.
 */
const WORKER_NAME = '#correlation-worker';

/**
 * Makes correlation matrices beside the thread that serves clients, one at a time and in the order
 * asked for. Each has a thread of its own, which ends with it: they are rare, and what a matrix took
 * of memory is the system's again.
 */
export class CorrelationThread {
  #worker: Worker | undefined;
  /** The end of what was asked so far. */
  #queue: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /**
   * Resolves with the matrix of all pairs over the last `window` log returns that they have in
   * common. The arrays of the series are handed over, and empty for whoever calls from then on.
   * Rejects when the thread fails, or this is closed before it is done.
   */
  async correlate(series: readonly BarSeries[], window: number): Promise<CorrelationMatrix> {
    const matrix = this.#queue.then(() => this.#run({ series, window }));
    this.#queue = matrix.catch(() => undefined);
    return matrix;
  }

  /** Ends what is being made; resolves when no thread is left. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#worker?.terminate();
    await this.#queue;
  }

  async #run(request: CorrelationRequest): Promise<CorrelationMatrix> {
    this.#assertOpen();
    const worker = new Worker(createRequire(import.meta.url).resolve(WORKER_NAME), {
      workerData: request,
      transferList: buffersOf(request.series),
    });
    this.#worker = worker;
    try {
      const values = await valuesOf(worker);
      return new CorrelationMatrix(request.series.length, values);
    } catch (error) {
      this.#assertOpen();
      throw error;
    } finally {
      this.#worker = undefined;
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) {
      throw new Error('The correlation matrix was not made: its thread was closed');
    }
  }
}

/** Resolves with what a thread answers, once it has ended. */
async function valuesOf(worker: Worker): Promise<Float64Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    let values: Float64Array<ArrayBuffer> | undefined;
    let failure = new Error('The thread of a correlation matrix ended before it was done');
    worker.once('message', (answer: Float64Array<ArrayBuffer>) => {
      values = answer;
    });
    worker.once('error', (error) => {
      failure = new Error(`The thread of a correlation matrix failed: ${error.message}`, {
        cause: error,
      });
    });
    worker.once('exit', () => {
      if (values === undefined) {
        reject(failure);
      } else {
        resolve(values);
      }
    });
  });
}

/** Each once: series may share the array of their starts. */
function buffersOf(series: readonly BarSeries[]): ArrayBuffer[] {
  return [...new Set(series.flatMap(({ starts, closes }) => [starts.buffer, closes.buffer]))];
}
