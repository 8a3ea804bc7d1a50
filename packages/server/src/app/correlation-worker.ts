import { parentPort, workerData } from 'node:worker_threads';
import type { BarSeries } from '../domain/statistics/bar-series.ts';
import { correlationMatrix } from '../domain/statistics/correlation-matrix.ts';

/** What the thread of a matrix is started with. */
export interface CorrelationRequest {
  readonly series: readonly BarSeries[];
  /** How many returns. */
  readonly window: number;
}

/**
 * The thread in which one matrix is made: thousands of instruments take seconds, for which no price
 * may wait. It answers with the values of the matrix and ends.
 */
const { series, window } = workerData as CorrelationRequest;
const { values } = correlationMatrix(series, window);
parentPort?.postMessage(values, [values.buffer]);
