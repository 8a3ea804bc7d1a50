import type { Channel } from '@tickwire/protocol';
import type { KeptSeries } from '../jobs/history-keeper.ts';
import type { Config } from './config.ts';
import { configuredChannels } from './venues.ts';

export type CandleChannel = Extract<Channel, { readonly kind: 'candles' }>;

/** Tells whether a channel is one of candles. */
export function isCandleChannel(channel: Channel): channel is CandleChannel {
  return channel.kind === 'candles';
}

/** All instruments of which metrics are computed, whether or not their venue is followed here. */
export function knownInstruments({
  trackedPairs,
  bybit,
}: Pick<Config, 'trackedPairs' | 'bybit'>): readonly string[] {
  const crypto = configuredChannels(bybit).filter(isCandleChannel);
  return [...new Set([...trackedPairs, ...crypto.map(({ instrument }) => instrument)])];
}

/** Those of them whose hourly candles are fetched, by this process or by another. */
export function fetchedInstruments(config: Pick<Config, 'oanda' | 'bybit'>): readonly string[] {
  return keptSeries(config).flatMap(({ instrument, isBackfilled }) =>
    isBackfilled ? [instrument] : [],
  );
}

/**
 * The candles of which none may be missing: the hourly ones of every instrument, as far back as
 * they are wanted, and all others that are followed, from when that began.
 */
export function keptSeries({
  oanda,
  bybit,
}: Pick<Config, 'oanda' | 'bybit'>): readonly KeptSeries[] {
  const followed = configuredChannels(bybit).filter(isCandleChannel);
  const crypto = [...new Set(followed.map(({ instrument }) => instrument))];
  const instruments = [...(oanda?.feed.instruments ?? []), ...crypto];
  return [
    ...instruments.map((instrument) => ({
      instrument,
      interval: '60' as const,
      isBackfilled: true,
    })),
    ...followed
      .filter(({ interval }) => interval !== '60')
      .map(({ instrument, interval }) => ({ instrument, interval, isBackfilled: false })),
  ];
}
