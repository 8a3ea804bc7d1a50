import type { MarketEvent } from '@tickwire/protocol';

/**
 * By what several processes that follow one venue know that they tell the same: of all that are
 * published under one key of a channel, only those with a newer version are news.
 */
export interface EventVersion {
  readonly key: string;
  /** Compares as text: what is newer comes later. */
  readonly version: string;
  /** Versions start anew with it: it is news, whatever is known, and newer is what follows it. */
  readonly isFirst?: true;
}

/** Bybit numbers a book anew, from this, when its service has started again (its documentation). */
const FIRST_UPDATE_ID = 1;

const LATEST = 'latest';

/** The version of an event; undefined for what is always news. */
export function versionOf(event: MarketEvent): EventVersion | undefined {
  switch (event.type) {
    case 'quote':
      return { key: LATEST, version: versionOfTime(event.time) };
    case 'ticker':
      return event.time === undefined
        ? undefined
        : { key: LATEST, version: versionOfNumber(event.time) };
    case 'orderBook': {
      const version = versionOfNumber(event.updateId);
      if (!event.isSnapshot) {
        return { key: LATEST, version };
      }
      return event.updateId === FIRST_UPDATE_ID
        ? { key: LATEST, version, isFirst: true }
        : { key: LATEST, version: `${version}s` };
    }
    case 'trades': {
      const [first] = event.trades;
      return first && { key: first.id, version: versionOfNumber(first.time) };
    }
    case 'candle': {
      const { start, isConfirmed, revision, volume } = event;
      const state = isConfirmed
        ? `confirmed ${versionOfNumber(revision)}`
        : versionOfDecimal(volume);
      return { key: String(start), version: `${versionOfNumber(start)} ${state}` };
    }
    default:
      return undefined;
  }
}

/** Whole milliseconds, then every digit that the venue has of a second beyond those. */
function versionOfTime(time: string): string {
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? [];
  const seconds = Math.floor(Date.parse(time) / 1_000);
  return `${versionOfNumber(seconds)}.${fraction.padEnd(9, '0')}`;
}

function versionOfDecimal(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole.padStart(20, '0')}.${fraction.replace(/0+$/, '')}`;
}

function versionOfNumber(value: number): string {
  return String(value).padStart(16, '0');
}
