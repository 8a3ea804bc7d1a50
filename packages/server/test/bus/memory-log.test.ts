import type { MarketEvent } from '@tickwire/protocol';
import { expect, test } from 'vitest';
import { MemoryLog, type SavedLog } from '../../src/bus/memory-log.ts';
import { quoteOf } from '../support/live-events.ts';

const EUR = 'price:EUR_USD';
const MAX_AGE_MS = 1_000;
const CORRELATION: MarketEvent = {
  type: 'correlationAlert',
  pair1: 'EUR_USD',
  pair2: 'USD_JPY',
  correlation: 0.8,
  threshold: 0.7,
  severity: 'info',
};
const VOLATILITY: MarketEvent = {
  type: 'volatilityAlert',
  instrument: 'USD_JPY',
  volatility: 0.03,
  threshold: 0.02,
  severity: 'warning',
};

/** A log with a clock that the test moves. */
function createLog(epoch = 'first', size = 5) {
  const clock = { now: 100_000 };
  const log = new MemoryLog({ epoch, size, maxAgeMs: MAX_AGE_MS, now: () => clock.now });
  const since = async (channel: string, seq: number, of = epoch) => {
    const envelopes = await log.since(channel, { epoch: of, seq });
    return envelopes?.map((envelope) => envelope.also?.[channel] ?? envelope.seq);
  };
  return { log, clock, since };
}

test('numbers each channel for itself, an alert in each of its channels', () => {
  const { log, clock } = createLog();
  const eur = quoteOf('EUR_USD');
  const at = clock.now;
  expect(log.append(eur)).toEqual({ channel: EUR, epoch: 'first', seq: 1, at, event: eur });
  expect(log.append(quoteOf('USD_JPY')).seq).toBe(1);
  expect(log.append(eur).seq).toBe(2);
  expect(log.append(VOLATILITY)).toMatchObject({
    channel: 'alerts',
    seq: 1,
    also: { 'alerts:USD_JPY': 1 },
  });
  expect(log.append(CORRELATION)).toMatchObject({
    channel: 'alerts',
    seq: 2,
    also: { 'alerts:EUR_USD': 1, 'alerts:USD_JPY': 2 },
  });
  expect(log.append({ ...CORRELATION, pair2: 'EUR_USD' })).toMatchObject({
    seq: 3,
    also: { 'alerts:EUR_USD': 2 },
  });
  expect(log.position(EUR)).toEqual({ epoch: 'first', seq: 2 });
  expect(log.position('alerts:USD_JPY')).toEqual({ epoch: 'first', seq: 2 });
  expect(log.position('price:GBP_USD')).toEqual({ epoch: 'first', seq: 0 });
});

test('has all after a place, or nothing', async () => {
  const { log, since } = createLog();
  for (let count = 0; count < 8; count += 1) {
    log.append(quoteOf('EUR_USD'));
  }
  expect(await since(EUR, 3)).toEqual([4, 5, 6, 7, 8]);
  expect(await since(EUR, 8)).toEqual([]);
  expect(await since(EUR, 2)).toBeUndefined();
  expect(await since(EUR, 9)).toBeUndefined();
  expect(await since(EUR, 8, 'another')).toBeUndefined();
  expect(await since('price:GBP_USD', 0)).toEqual([]);
  expect(await since('price:GBP_USD', 1)).toBeUndefined();
  expect(log.newest(EUR, 2).map(({ seq }) => seq)).toEqual([7, 8]);
  expect(log.newest('price:GBP_USD', 2)).toEqual([]);
});

test('keeps an alert in each of its channels', async () => {
  const { log, since } = createLog();
  log.append(VOLATILITY);
  log.append(CORRELATION);
  expect(await since('alerts', 0)).toEqual([1, 2]);
  expect(await since('alerts:USD_JPY', 0)).toEqual([1, 2]);
  expect(await since('alerts:EUR_USD', 0)).toEqual([1]);
});

test('forgets what is too old, and no number', async () => {
  const { log, clock, since } = createLog();
  log.append(quoteOf('EUR_USD'));
  clock.now += MAX_AGE_MS;
  log.append(quoteOf('EUR_USD'));
  expect(await since(EUR, 0)).toEqual([1, 2]);
  clock.now += 1;
  expect(await since(EUR, 0)).toBeUndefined();
  expect(await since(EUR, 1)).toEqual([2]);
  expect(log.newest(EUR, 5)).toHaveLength(1);
  clock.now += MAX_AGE_MS;
  expect(log.newest(EUR, 5)).toEqual([]);
  expect(await since(EUR, 2)).toEqual([]);
  expect(log.append(quoteOf('EUR_USD')).seq).toBe(3);
});

test('forgets what is too old in channels where nothing happens any more', () => {
  const { log, clock } = createLog();
  log.append(quoteOf('EUR_USD'));
  clock.now += 61_000;
  log.append(quoteOf('USD_JPY'));
  const { channels } = log.save();
  expect(channels[EUR]).toEqual({ seq: 1, brokenAt: -1, messages: [] });
  expect(channels['price:USD_JPY']?.messages).toHaveLength(1);
});

test('goes on where another has ended, under its epoch', async () => {
  const first = createLog();
  first.log.append(quoteOf('EUR_USD'));
  first.log.append(CORRELATION);
  first.log.append(quoteOf('EUR_USD'));
  const saved = JSON.parse(JSON.stringify(first.log.save())) as SavedLog;
  const { log, since } = createLog('second');
  log.restore(saved);
  expect(log.position(EUR)).toEqual({ epoch: 'first', seq: 2 });
  expect(log.append(quoteOf('EUR_USD'))).toMatchObject({ epoch: 'first', seq: 3 });
  expect(log.append(CORRELATION)).toMatchObject({ seq: 2, also: { 'alerts:USD_JPY': 2 } });
  expect(await since(EUR, 0, 'first')).toEqual([1, 2, 3]);
  expect(await since('alerts:EUR_USD', 0, 'first')).toEqual([1, 2]);
  expect(await since(EUR, 0, 'second')).toBeUndefined();
});

test('lets nobody go on from before a break in what another has left either', async () => {
  const first = createLog();
  first.log.append(quoteOf('EUR_USD'));
  first.log.append(quoteOf('EUR_USD'));
  first.log.breakAt(EUR);
  first.log.append(quoteOf('EUR_USD'));
  const { log, since } = createLog('second');
  log.restore(JSON.parse(JSON.stringify(first.log.save())) as SavedLog);
  expect(await since(EUR, 1, 'first')).toBeUndefined();
  expect(await since(EUR, 2, 'first')).toBeUndefined();
  expect(await since(EUR, 3, 'first')).toEqual([]);
  expect(log.append(quoteOf('EUR_USD')).seq).toBe(4);
  expect(await since(EUR, 3, 'first')).toEqual([4]);
});

test('takes back what was saved as far as it is not too old by then', async () => {
  const first = createLog();
  first.log.append(quoteOf('EUR_USD'));
  const second = createLog('second');
  second.clock.now += MAX_AGE_MS + 1;
  second.log.restore(first.log.save());
  expect(await second.since(EUR, 0, 'first')).toBeUndefined();
  expect(await second.since(EUR, 1, 'first')).toEqual([]);
});

test('lets nobody go on from before a break, and numbers on', async () => {
  const { log, since } = createLog();
  const eur = quoteOf('EUR_USD');
  log.append(eur);
  log.append(eur);
  log.breakAt(EUR);
  expect(log.newest(EUR, 5)).toEqual([]);
  expect(await since(EUR, 2)).toBeUndefined();
  log.append(eur);
  expect(await since(EUR, 1)).toBeUndefined();
  expect(await since(EUR, 2)).toBeUndefined();
  expect(await since(EUR, 3)).toEqual([]);
  log.append(eur);
  expect(await since(EUR, 3)).toEqual([4]);
});

test('lets nobody go on from before a break though there was no message yet', async () => {
  const { log, since } = createLog();
  log.breakAt(EUR);
  expect(await since(EUR, 0)).toBeUndefined();
  expect(log.append(quoteOf('EUR_USD')).seq).toBe(1);
  expect(await since(EUR, 0)).toBeUndefined();
  expect(await since(EUR, 1)).toEqual([]);
});
