/** A process that reads: with our store, or with SELECT. */
import { performance } from 'node:perf_hooks';
import { serveCalls } from '../child.js';
import { quantile } from '../statistics.js';
import { meterLoop } from '../store/loop-meter.js';
import { openPlainReader, openStoreReader } from './readers.js';

const WARM_UP_REPETITIONS = 20;
/** Of the time of a measurement. */
const WARM_UP_SHARE = 0.25;
/** However long they take. */
const MIN_REPETITIONS = 2;

/** @type {import('./readers.js').Reader | undefined} */
let reader;

/** @type {import('./messages.js').QueryMethods} */
const methods = {
  async open({ subject, database, days }) {
    await reader?.close();
    const open = subject === 'tickwire' ? openStoreReader : openPlainReader;
    reader = await open(database, days);
    return {};
  },
  async measure({ name, repetitions, seconds }) {
    if (reader === undefined) {
      throw new Error('Expected open before measure');
    }
    const ask = reader.questions[name];
    await askOften(ask, WARM_UP_REPETITIONS, seconds * WARM_UP_SHARE);
    const { result, maxMs } = await meterLoop(() => askOften(ask, repetitions, seconds));
    return {
      rows: result.rows,
      repetitions: result.times.length,
      p50Ms: quantile(result.times, 0.5),
      p99Ms: quantile(result.times, 0.99),
      loopMaxMs: maxMs,
    };
  },
  async close() {
    await reader?.close();
    reader = undefined;
    return {};
  },
};
serveCalls(methods);

/**
 * @param {() => Promise<number>} ask
 * @param {number} repetitions
 * @param {number} seconds
 */
async function askOften(ask, repetitions, seconds) {
  const times = [];
  let rows = 0;
  const end = performance.now() + seconds * 1_000;
  for (let start = performance.now(); times.length < repetitions;) {
    rows = await ask();
    const answered = performance.now();
    times.push(answered - start);
    start = answered;
    if (answered >= end && times.length >= MIN_REPETITIONS) {
      break;
    }
  }
  return { times, rows };
}
