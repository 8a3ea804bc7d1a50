/**
 * Names of simulated markets. Whoever keeps prices of a simulator tells by them whether those that
 * it has are of the market that it sees now, or of one whose prices do not go on from there.
 */
import { createHash } from 'node:crypto';
import type { VenueClock } from './venue-clock.ts';

const HASH_LENGTH = 12;

/**
 * The name of a generated market, by what decides its prices. A clock that begins in the past makes
 * it another one each time: it tells once more, as its future, what it has told before.
 */
export function generatedOrigin(
  choices: Readonly<Record<string, string | number>>,
  { startMs, startOffsetMs }: Pick<VenueClock, 'startMs' | 'startOffsetMs'>,
): string {
  const from = startOffsetMs === 0 ? {} : { from: new Date(startMs).toISOString() };
  const words = Object.entries({ ...choices, ...from }).map(([name, value]) => `${name}=${value}`);
  return ['simulated', ...words].join(' ');
}

/** What is recorded of one thing, where it lies after it was moved. */
export interface RecordedSeries {
  /** Such as an instrument with the width of its candles. */
  readonly name: string;
  /** When each of its items begins, oldest first. */
  readonly times: readonly number[];
}

/** The name of a recorded market, by what it has and when: the order of the series is no matter. */
export function recordedOrigin(series: readonly RecordedSeries[]): string {
  const lines = series.map(({ name, times }) =>
    [name, times[0] ?? '', times.at(-1) ?? '', times.length].join(' '),
  );
  const hash = createHash('sha1').update(lines.sort().join('\n')).digest('hex');
  return `recorded ${hash.slice(0, HASH_LENGTH)}`;
}
