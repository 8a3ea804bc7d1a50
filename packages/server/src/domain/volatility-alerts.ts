import type { Severity, VolatilityAlert } from '@tickwire/protocol';

/** By default a volatility is high above so many times what it usually is. */
const USUAL_FACTOR = 1.5;
/** Where `critical` begins, in thresholds; `warning` begins at one. */
const CRITICAL = 1.5;
/** A level is over under this part of where it began: not at each step across one line. */
const OVER = 0.9;

/** What there is to say of an instrument's volatility. */
export interface VolatilityReading {
  readonly instrument: string;
  /** Null where it is not known. */
  readonly volatility: number | null;
  /** Null where nobody can say what is high. */
  readonly threshold: number | null;
}

/** Above what a volatility is high: what was configured, or else by its own median. */
export function volatilityThreshold(
  configured: number | undefined,
  median: number | null,
): number | null {
  return configured ?? (median === null ? null : USUAL_FACTOR * median);
}

/**
 * The alert that a reading makes, where `told` is the severity of the last alert of its instrument:
 * `warning` above the threshold and `critical` above 1.5 thresholds, each until the volatility is
 * under 0.9 of where it began; then the level below is told, and `info` where there is none.
 * Undefined while the level stays, or is not known.
 */
export function volatilityAlert(
  { instrument, volatility, threshold }: VolatilityReading,
  told: Severity | undefined,
): VolatilityAlert | undefined {
  // A price that stood still for 30 days has a median of zero, above which everything is.
  if (volatility === null || threshold === null || threshold <= 0) {
    return undefined;
  }
  const before = told ?? 'info';
  const severity = levelAt(volatility / threshold, before);
  return severity === before
    ? undefined
    : { type: 'volatilityAlert', instrument, volatility, threshold, severity };
}

/** The level at so many thresholds, after another level. */
function levelAt(thresholds: number, before: Severity): Severity {
  const isAt = (level: number, wasThere: boolean): boolean =>
    thresholds > level || (wasThere && thresholds >= OVER * level);
  if (isAt(CRITICAL, before === 'critical')) {
    return 'critical';
  }
  return isAt(1, before !== 'info') ? 'warning' : 'info';
}
