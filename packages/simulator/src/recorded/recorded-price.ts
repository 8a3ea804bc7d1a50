/** Recorded prices on their way out: another time where one is wanted, all else as it was. */
import type { RecordedPrice } from './recorded-data.ts';
import { formatTime, parseTime, type TimeFormat, toTimeFormat } from '../venue-time.ts';
import type { PriceText } from '../oanda/venue.ts';

export interface StampedPrice {
  readonly price: RecordedPrice;
  /** What stands in the place of the recorded time: RFC 3339. */
  readonly time: string;
}

/** The text of a price with its new time. */
export function toPriceText({ price, time }: StampedPrice, format: TimeFormat): PriceText {
  const written = toTimeFormat(time, format);
  const json =
    written === price.time
      ? price.json
      : price.json.replaceAll(/("time"\s*:\s*)"([^"]*)"/g, (field, key: string, value: string) =>
          value === price.time ? `${key}"${written}"` : field,
        );
  return { json, timeMs: parseTime(time) ?? price.atMs };
}

/** A price whose time is moved by whole milliseconds; what is finer stays as it was. */
export function movedPrice(price: RecordedPrice, byMs: number): StampedPrice {
  const timeMs = parseTime(price.time);
  if (timeMs === undefined || byMs === 0) {
    return { price, time: price.time };
  }
  const finer = /\.\d{3}(\d{1,6})/.exec(price.time)?.[1] ?? '';
  return { price, time: formatTime(timeMs + byMs, 'RFC3339', Number(finer.padEnd(6, '0'))) };
}
