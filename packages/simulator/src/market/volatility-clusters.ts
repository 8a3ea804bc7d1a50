/**
 * Calm and stormy times: a slow process that scales a factor's movement by the hour. It is a
 * product of noises of several lengths, each running straight between hashed values, so that it is
 * bounded and costs the same at any time.
 */
import { childKey, toUnit } from './integer-hash.ts';

interface Octave {
  readonly lengthHours: number;
  /** The noise runs within 1 - depth and 1 + depth. */
  readonly depth: number;
}

/** What all of the market feels. */
const SHARED_OCTAVES: readonly Octave[] = [
  { lengthHours: 9, depth: 0.5 },
  { lengthHours: 60, depth: 0.5 },
  { lengthHours: 480, depth: 0.5 },
];
/** What one factor feels alone. */
const OWN_OCTAVES: readonly Octave[] = [
  { lengthHours: 7, depth: 0.4 },
  { lengthHours: 50, depth: 0.4 },
];

const MEAN_SQUARE = meanSquare(SHARED_OCTAVES) * meanSquare(OWN_OCTAVES);

/**
 * What an hour's variance is multiplied by; 1 on average. `hour` counts hours since
 * 1970-01-01T00Z.
 */
export function clusteredVariance(sharedKey: number, ownKey: number, hour: number): number {
  const scale = product(SHARED_OCTAVES, sharedKey, hour) * product(OWN_OCTAVES, ownKey, hour);
  return (scale * scale) / MEAN_SQUARE;
}

function product(octaves: readonly Octave[], key: number, hour: number): number {
  let result = 1;
  for (const { lengthHours, depth } of octaves) {
    const position = hour / lengthHours;
    const cell = Math.floor(position);
    const octaveKey = childKey(key, lengthHours);
    const from = toSigned(childKey(octaveKey, cell));
    const to = toSigned(childKey(octaveKey, cell + 1));
    result *= 1 + depth * (from + (to - from) * (position - cell));
  }
  return result;
}

function toSigned(hash: number): number {
  return toUnit(hash) * 2 - 1;
}

/**
 * A value that is uniform in -1 to 1 has variance 1/3; straight lines between such values keep two
 * thirds of it on average.
 */
function meanSquare(octaves: readonly Octave[]): number {
  return octaves.reduce((mean, { depth }) => mean * (1 + (depth * depth * 2) / 9), 1);
}
