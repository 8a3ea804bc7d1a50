import { parseInstrument } from './instrument.ts';
import { type Interval, isInterval } from './interval.ts';
import type { MarketEvent } from './market-data.ts';

/**
 * What a client subscribes to, and what is numbered: `price:EUR_USD`, `candles:BTCUSDT:1`,
 * `alerts`, `alerts:EUR_USD`, `system`.
 */
export type Channel =
  | {
      readonly kind: 'price' | 'trades' | 'ticker' | 'orderbook' | 'volatility';
      readonly instrument: string;
    }
  | { readonly kind: 'candles'; readonly instrument: string; readonly interval: Interval }
  | { readonly kind: 'alerts'; readonly instrument?: string }
  | { readonly kind: 'correlation' | 'system' };

const INSTRUMENT_KINDS = ['price', 'trades', 'ticker', 'orderbook', 'volatility'] as const;

/** The name by which a channel travels. */
export function formatChannel(channel: Channel): string {
  switch (channel.kind) {
    case 'candles':
      return `candles:${channel.instrument}:${channel.interval}`;
    case 'alerts':
      return channel.instrument === undefined ? 'alerts' : `alerts:${channel.instrument}`;
    case 'correlation':
    case 'system':
      return channel.kind;
    default:
      return `${channel.kind}:${channel.instrument}`;
  }
}

/** Reads a channel's name, the instrument in any case; undefined for what is not one. */
export function parseChannel(name: string): Channel | undefined {
  const [kind, rawInstrument, interval, ...rest] = name.split(':');
  if (rest.length > 0) {
    return undefined;
  }
  if (rawInstrument === undefined) {
    return kind === 'correlation' || kind === 'system' || kind === 'alerts' ? { kind } : undefined;
  }
  const instrument = parseInstrument(rawInstrument);
  if (instrument === undefined) {
    return undefined;
  }
  if (interval !== undefined) {
    return kind === 'candles' && isInterval(interval) ? { kind, instrument, interval } : undefined;
  }
  if (kind === 'alerts') {
    return { kind, instrument };
  }
  const instrumentKind = INSTRUMENT_KINDS.find((known) => known === kind);
  return instrumentKind === undefined ? undefined : { kind: instrumentKind, instrument };
}

/** The name of the channel that an event is of. */
export function channelOf(event: MarketEvent): string {
  switch (event.type) {
    case 'quote':
      return formatChannel({ kind: 'price', instrument: event.instrument });
    case 'candle':
      return formatChannel({
        kind: 'candles',
        instrument: event.instrument,
        interval: event.interval,
      });
    case 'trades':
      return formatChannel({ kind: 'trades', instrument: event.instrument });
    case 'ticker':
      return formatChannel({ kind: 'ticker', instrument: event.instrument });
    case 'orderBook':
      return formatChannel({ kind: 'orderbook', instrument: event.instrument });
    case 'volatilityAlert':
    case 'correlationAlert':
      return formatChannel({ kind: 'alerts' });
    case 'volatilityUpdate':
      return formatChannel({ kind: 'volatility', instrument: event.instrument });
    case 'correlationUpdate':
      return formatChannel({ kind: 'correlation' });
    case 'dataReady':
      return formatChannel({ kind: 'system' });
  }
}

/**
 * The names of all channels that number an event: the one of {@link channelOf} first. An alert is
 * also in the channels of its instruments.
 */
export function channelsOf(event: MarketEvent): readonly string[] {
  const channel = channelOf(event);
  switch (event.type) {
    case 'volatilityAlert':
      return [channel, alertsOf(event.instrument)];
    case 'correlationAlert':
      return [channel, ...new Set([event.pair1, event.pair2].map(alertsOf))];
    default:
      return [channel];
  }
}

function alertsOf(instrument: string): string {
  return formatChannel({ kind: 'alerts', instrument });
}
