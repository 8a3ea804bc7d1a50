import type { MarketEvent, Quote, Trades } from '@tickwire/protocol';
import { expect } from 'vitest';
import type { Bus, Envelope } from '../../src/ports/bus.ts';
import { START } from './candle.ts';

export const EUR = 'price:EUR_USD';
export const JPY = 'price:USD_JPY';
export const CANDLES = 'candles:BTCUSDT:1';

export const CORRELATION: MarketEvent = {
  type: 'correlationAlert',
  pair1: 'EUR_USD',
  pair2: 'USD_JPY',
  correlation: 0.8,
  threshold: 0.7,
  severity: 'info',
};
export const VOLATILITY: MarketEvent = {
  type: 'volatilityAlert',
  instrument: 'USD_JPY',
  volatility: 0.03,
  threshold: 0.02,
  severity: 'warning',
};

const TIMEOUT_MS = 10_000;

/** The price of a pair that has so many before it: each is newer than the one before. */
export function priceOf(instrument: string, number: number): Quote {
  const bid = (1 + number / 10_000).toFixed(4);
  const time = new Date(START + number * 1_000).toISOString();
  return { type: 'quote', instrument, bid, ask: '9.9', mid: '5.5', time };
}

/** A trade by its id. */
export function tradeOf(id: string): Trades {
  const trade = { time: START, side: 'Buy', price: '28355.25', size: '0.012', id } as const;
  return { type: 'trades', instrument: 'BTCUSDT', trades: [trade] };
}

/** Publishes the first so many prices of EUR_USD. */
export function publishPrices(bus: Bus, count: number): void {
  for (let number = 1; number <= count; number += 1) {
    bus.publish(priceOf('EUR_USD', number));
  }
}

/** All that a bus brings from now on. */
export function record(bus: Bus): readonly Envelope[] {
  const told: Envelope[] = [];
  bus.subscribe((envelope) => told.push(envelope));
  return told;
}

/** The numbers of envelopes in their first channels. */
export function seqsOf(envelopes: readonly Envelope[]): readonly number[] {
  return envelopes.map(({ seq }) => seq);
}

/** Expects something of a value, which may take a while to become so. */
export function eventually<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: TIMEOUT_MS, interval: 5 });
}
