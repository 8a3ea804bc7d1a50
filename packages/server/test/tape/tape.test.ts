import type { MarketEvent, Quote } from '@tickwire/protocol';
import { expect, test } from 'vitest';
import { createMemoryBus } from '../../src/bus/memory.ts';
import type { Envelope } from '../../src/ports/bus.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { Tape } from '../../src/tape/tape.ts';
import { createLog } from '../support/channel-log.ts';

function createTape(now = () => 1_000) {
  const envelopes: Envelope[] = [];
  const bus = createMemoryBus({
    onError: (error) => {
      throw error;
    },
  });
  const lastValues = new LastValues(now);
  const tape = new Tape({ bus, lastValues, log: createLog() });
  bus.subscribe((envelope) => envelopes.push(envelope));
  return { tape, lastValues, envelopes, bus };
}

function quote(instrument: string, bid = '1.1'): Quote {
  return { type: 'quote', instrument, bid, ask: '1.2', mid: '1.15', time: '2026-01-05T12:00:00Z' };
}

test('numbers each channel for itself, from 1, under one epoch', () => {
  const { tape, envelopes } = createTape();
  const alert: MarketEvent = {
    type: 'volatilityAlert',
    instrument: 'EUR_USD',
    volatility: 0.03,
    threshold: 0.02,
    severity: 'warning',
  };
  for (const event of [quote('EUR_USD'), quote('GBP_USD'), quote('EUR_USD'), alert, alert]) {
    tape.publish(event);
  }
  expect(envelopes.map(({ channel, epoch, seq }) => [channel, epoch, seq])).toEqual([
    ['price:EUR_USD', 'first', 1],
    ['price:GBP_USD', 'first', 1],
    ['price:EUR_USD', 'first', 2],
    ['alerts', 'first', 1],
    ['alerts', 'first', 2],
  ]);
});

test('remembers a quote before anybody is told of it', () => {
  const { tape, lastValues, bus } = createTape();
  const seen: unknown[] = [];
  bus.subscribe(() => seen.push(lastValues.quote('EUR_USD')?.quote.bid));
  tape.publish(quote('EUR_USD', '1.1'));
  tape.publish(quote('EUR_USD', '1.3'));
  expect(seen).toEqual(['1.1', '1.3']);
  expect(lastValues.quote('EUR_USD')).toMatchObject({ seq: 2 });
  expect(lastValues.quote('GBP_USD')).toBeUndefined();
});

test('last values count their use, in all and in the last whole second', () => {
  let now = 10_000;
  const { tape, lastValues } = createTape(() => now);
  tape.publish(quote('EUR_USD'));
  tape.publish(quote('EUR_USD'));
  lastValues.quote('EUR_USD');
  now += 1_000;
  const { bytes, ...stats } = lastValues.stats();
  expect(stats).toEqual({ operations: 3, operationsPerSecond: 3, quotes: 1 });
  expect(bytes).toBeGreaterThan(50);
  now += 5_000;
  expect(lastValues.stats().operationsPerSecond).toBe(0);
});
