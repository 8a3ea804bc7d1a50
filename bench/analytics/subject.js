/** A process that computes: with what is ours, or as the definitions read. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CorrelationThread } from '../../packages/server/dist/app/correlation-thread.js';
import { NOTHING, serveCalls } from '../child.js';
import { median } from '../statistics.js';
import { meterLoop } from '../store/loop-meter.js';
import { runOurs, runPlainly, seedHourly } from './hourly.js';
import { correlatePlainly } from './plain.js';
import { choosePairs, countPairs, windowOf } from './plan.js';
import { makeSeries } from './series.js';

/** @typedef {(number | null)[]} Correlations */

const thread = new CorrelationThread();

/** @type {import('./messages.js').SubjectMethods} */
const methods = {
  async seed(place) {
    await seedHourly(place);
    return NOTHING;
  },
  async measure({ subject, directory, pairs: limit, seconds, ...one }) {
    if (one.kind === 'hourly job') {
      const { instruments } = one;
      const place = { directory: join(directory, String(instruments)), instruments };
      return subject === 'tickwire' ? runOurs(place) : runPlainly(place);
    }
    const series = makeSeries(one);
    const pairs = choosePairs(one.instruments, limit);
    const window = windowOf(one);
    const share = subject === 'plain' ? pairs.length / countPairs(one.instruments) : 1;
    /** @type {number[]} */
    const times = [];
    let loopMaxMs = 0;
    /** @type {Correlations | undefined} */
    let correlations;
    const end = performance.now() + seconds * 1_000;
    do {
      // Ours is handed its arrays over: each matrix takes new ones.
      const own = series.map(({ starts, closes }) => ({
        starts: starts.slice(),
        closes: closes.slice(),
      }));
      const make =
        subject === 'tickwire'
          ? () => makeInThread(own, window, pairs)
          : () => Promise.resolve(makePlainly(own, window, pairs));
      const found = await meterLoop(make);
      times.push((found.seconds * 1_000) / share);
      loopMaxMs = Math.max(loopMaxMs, found.maxMs);
      correlations = found.result;
    } while (performance.now() < end);
    return { ms: median(times), repetitions: times.length, loopMaxMs, values: correlations ?? [] };
  },
};
serveCalls(methods);

/**
 * @param {readonly import('./series.js').BarSeries[]} series
 * @param {number} window
 * @param {readonly [number, number][]} pairs
 * @returns {Promise<Correlations>}
 */
async function makeInThread(series, window, pairs) {
  const matrix = await thread.correlate(series, window);
  return pairs.map(([a, b]) => matrix.at(a, b));
}

/**
 * @param {readonly import('./series.js').BarSeries[]} series
 * @param {number} window
 * @param {readonly [number, number][]} pairs
 * @returns {Correlations}
 */
function makePlainly(series, window, pairs) {
  const closesByStart = series.map(
    ({ starts, closes }) =>
      new Map([...starts].map((start, index) => [start, closes[index] ?? NaN])),
  );
  return pairs.map(([a, b]) => {
    const [one, other] = [series[a], closesByStart[b]];
    const correlation = one && other ? correlatePlainly(one, other, window) : NaN;
    return Number.isNaN(correlation) ? null : correlation;
  });
}
