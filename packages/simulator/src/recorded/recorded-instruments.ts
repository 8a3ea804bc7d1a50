/** The instruments of recorded data, described by its lists or else by how prices are written. */
import type { SimulatedInstrument } from '../market/market.ts';
import { decimalsOf, type InstrumentRecord, type RecordedPart } from './recorded-data.ts';

const METALS: readonly string[] = ['XAU', 'XAG', 'XPT', 'XPD'];
const CURRENCIES: readonly string[] = [
  'AUD', 'CAD', 'CHF', 'CNH', 'CZK', 'DKK', 'EUR', 'GBP', 'HKD', 'HUF', 'ILS', 'INR', 'JPY', 'MXN',
  'NOK', 'NZD', 'PLN', 'SAR', 'SEK', 'SGD', 'THB', 'TRY', 'TWD', 'USD', 'ZAR',
]; // prettier-ignore

/**
 * Those that there are prices of; of data that is nothing but lists, those in the lists. A list
 * alone does not add an instrument, because nothing could be said of its price.
 */
export function collectInstruments(parts: readonly RecordedPart[]): readonly SimulatedInstrument[] {
  const decimals = new Map<string, number>();
  const see = (name: string, prices: readonly string[]): void => {
    decimals.set(name, Math.max(decimals.get(name) ?? 0, ...prices.map(decimalsOf)));
  };
  for (const part of parts) {
    if (part.kind === 'candles') {
      for (const { bid, ask } of part.candles) {
        see(part.instrument, [bid.o, bid.h, bid.l, bid.c, ask.c]);
      }
    } else if (part.kind === 'ticks') {
      for (const { bid, ask } of part.ticks) {
        see(part.instrument, [bid, ask]);
      }
    } else if (part.kind !== 'instruments') {
      for (const { instrument, json } of part.prices) {
        see(
          instrument,
          [...json.matchAll(/"price"\s*:\s*"([\d.]+)"/g)].map(([, text = '']) => text),
        );
      }
    }
  }
  const records = collectRecords(parts);
  const names = decimals.size === 0 ? [...records.keys()] : [...decimals.keys()];
  return names.sort().map((name) => describe(name, decimals.get(name) ?? 0, records.get(name)));
}

/** The records of the lists, by name; of two with one name, the later. */
export function collectRecords(
  parts: readonly RecordedPart[],
): ReadonlyMap<string, InstrumentRecord> {
  return new Map(
    parts.flatMap((part) =>
      part.kind === 'instruments'
        ? part.records.map((record) => [record.name, record] as const)
        : [],
    ),
  );
}

function describe(
  name: string,
  decimals: number,
  record: InstrumentRecord | undefined,
): SimulatedInstrument {
  const [displayName, displayPrecision, pipLocation] = [
    record?.['displayName'],
    record?.['displayPrecision'],
    record?.['pipLocation'],
  ];
  const precision = typeof displayPrecision === 'number' ? displayPrecision : decimals;
  return {
    name,
    type: typeOf(name),
    displayName: typeof displayName === 'string' ? displayName : name.replace('_', '/'),
    displayPrecision: precision,
    // A price has one digit below the pip.
    pipLocation: typeof pipLocation === 'number' ? pipLocation : Math.min(0, 1 - precision),
  };
}

function typeOf(name: string): SimulatedInstrument['type'] {
  const [base = '', quote = ''] = name.split('_');
  if (METALS.includes(base)) {
    return 'METAL';
  }
  return CURRENCIES.includes(base) && CURRENCIES.includes(quote) ? 'CURRENCY' : 'CFD';
}
