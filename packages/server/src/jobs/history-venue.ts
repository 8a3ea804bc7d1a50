import { isCryptoInstrument } from '../domain/instrument-family.ts';
import type { HistoryVenue } from '../ports/store.ts';

/** How many series of a venue are fetched at once: OANDA's connection for requests is one. */
export const SERIES_AT_ONCE: Readonly<Record<HistoryVenue, number>> = { oanda: 1, bybit: 2 };

/** Whose history an instrument's is. */
export function historyVenueOf(instrument: string): HistoryVenue {
  return isCryptoInstrument(instrument) ? 'bybit' : 'oanda';
}
