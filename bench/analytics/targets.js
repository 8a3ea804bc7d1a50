/** The largest matrix of common hours: how long it may take, and hold up a price. */
const TARGET = { kind: 'same hours', instruments: 2_000, bars: 1_000, ms: 2_000, loopMaxMs: 50 };

/**
 * Says whether the largest matrix reached its target; undefined where it was not measured.
 * @param {readonly import('./figures.js').Figure[]} figures
 */
export function judge(figures) {
  const found = figures.find(
    ({ kind, instruments, bars }) =>
      kind === TARGET.kind && instruments === TARGET.instruments && bars === TARGET.bars,
  );
  if (found === undefined) {
    return undefined;
  }
  const { tickwire, loopMaxMs } = found;
  const isMet = tickwire < TARGET.ms && loopMaxMs.tickwire < TARGET.loopMaxMs;
  return (
    `Target: ${TARGET.instruments} instruments × ${TARGET.bars} bars in under ${TARGET.ms} ms, the ` +
    `event loop held up for under ${TARGET.loopMaxMs} ms: ${isMet ? 'met' : 'MISSED'} ` +
    `(${tickwire.toFixed(0)} ms, ${loopMaxMs.tickwire.toFixed(1)} ms)`
  );
}
