/** What candles that are new have to reach; and for how long the event loop may be held up. */
const MIN_ROWS_PER_SECOND = { postgres: 20_000, pglite: 10_000 };
const MAX_LOOP_P99_MS = 20;

/** @typedef {import('./figures.js').Figure} Figure */

/**
 * Says of each engine whether it reached its targets, and by what it missed them.
 * @param {readonly Figure[]} figures
 * @returns {string[]}
 */
export function judge(figures) {
  const candles = figures.filter(({ kind, isRepeat }) => kind !== 'quotes' && !isRepeat);
  return [...new Set(figures.map(({ engine }) => engine))].map((engine) => {
    const misses = candles
      .filter((figure) => figure.engine === engine && doesMiss(figure))
      .map(
        ({ kind, batch, name, tickwire }) =>
          `${kind} in batches of ${batch}: ${Math.round(tickwire)} ${name}`,
      );
    const target =
      `at least ${MIN_ROWS_PER_SECOND[engine]} new candles/s, ` +
      `loop p99 under ${MAX_LOOP_P99_MS} ms`;
    const verdict = misses.length === 0 ? 'met' : `MISSED (${misses.join('; ')})`;
    return `Target, ${engine}: ${target}: ${verdict}`;
  });
}

/** @param {Figure} figure */
function doesMiss({ engine, name, tickwire }) {
  return name === 'rows/s'
    ? tickwire < MIN_ROWS_PER_SECOND[engine]
    : name === 'loop p99 ms' && tickwire >= MAX_LOOP_P99_MS;
}
