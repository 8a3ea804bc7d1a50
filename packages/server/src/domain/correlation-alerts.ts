import type { CorrelationAlert, Severity } from '@tickwire/protocol';
import type { CorrelatedPair } from './best-pairs.ts';

/** How much a correlation changes in a day before that alone is worth an alert. */
const CORRELATION_CHANGE = 0.2;

/** What is known of a pair's correlation from before; null or undefined where nothing is. */
export interface CorrelationPast {
  /** That of the day before. */
  readonly dayBefore: number | null;
  /** What the pair's last alert said. */
  readonly told: { readonly correlation: number; readonly isOfLastDay: boolean } | undefined;
}

/** Which threshold a correlation is at or beyond: 1 the one above zero, -1 the one below. */
type Side = -1 | 0 | 1;

/**
 * The alert that a correlation makes: `warning` where it has come to a threshold (±`threshold`) or
 * beyond, `critical` where it has done so straight from the other one, `info` where it has come back
 * between them, or has otherwise changed by 0.2 or more since the day before. What was told already
 * is not told again: an alert stands for where the pair was then, whenever that was, and for its
 * correlation of the day before if it is of this last day.
 */
export function correlationAlert(
  { pair1, pair2, correlation }: CorrelatedPair,
  { dayBefore, told }: CorrelationPast,
  threshold: number,
): CorrelationAlert | undefined {
  const alert = (severity: Severity, passed: number): CorrelationAlert => {
    return { type: 'correlationAlert', pair1, pair2, correlation, threshold: passed, severity };
  };
  const side = sideOf(correlation, threshold);
  const sideBefore = sideOf(told?.correlation ?? dayBefore ?? correlation, threshold);
  if (side !== sideBefore) {
    const isTurned = side === -sideBefore;
    return alert(side === 0 ? 'info' : isTurned ? 'critical' : 'warning', threshold);
  }
  const before = told?.isOfLastDay === true ? told.correlation : dayBefore;
  return before !== null && hasChanged(before, correlation)
    ? alert('info', CORRELATION_CHANGE)
    : undefined;
}

function sideOf(correlation: number, threshold: number): Side {
  if (Math.abs(correlation) < threshold) {
    return 0;
  }
  return correlation > 0 ? 1 : -1;
}

/** Correlations of two digits differ by what they are written as, not by what is left of it. */
function hasChanged(before: number, after: number): boolean {
  return Math.abs(after - before) >= CORRELATION_CHANGE - Number.EPSILON;
}
