import type { TimeSpan } from '../../src/domain/gaps.ts';
import { tradingSessions } from '../../src/domain/market-hours.ts';

/** Whether the market of an instrument is open at some moment of a span. */
export function isTrading(instrument: string, span: TimeSpan): boolean {
  return tradingSessions(instrument, span).next().done !== true;
}
