import type { Quote } from '@tickwire/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { EventTimes } from '../../src/app/event-times.ts';
import { StillClock } from '../support/still-clock.ts';

const QUOTE = { type: 'quote', instrument: 'EUR_USD', bid: '1', ask: '3', mid: '2' } as const;

describe('EventTimes', () => {
  let clock: StillClock;
  let times: EventTimes;
  let seen: unknown[];

  beforeEach(() => {
    clock = new StillClock();
    seen = [];
    times = new EventTimes({
      clock,
      onVenueDelay: (venue, delayMs) => seen.push([venue, delayMs]),
      onUndated: (venue) => seen.push([venue, 'undated']),
      onPublishDelay: (delayMs) => seen.push(['published', delayMs]),
    });
  });

  const quote = (agoMs: number): Quote => ({
    ...QUOTE,
    time: new Date(clock.now() - agoMs).toISOString().replace('Z', '000000Z'),
  });
  const nothing = (): void => undefined;

  test('takes how long a quote was on its way, and the newest of several trades', () => {
    times.receive('oanda', quote(25), nothing);
    const trade = { side: 'Buy', price: '1', size: '1', id: 'a' } as const;
    const trades = [40, 10].map((agoMs) => ({ ...trade, time: clock.now() - agoMs }));
    times.receive('bybit', { type: 'trades', instrument: 'BTCUSDT', trades }, nothing);
    expect(seen).toEqual([
      ['oanda', 25],
      ['bybit', 10],
    ]);
  });

  test('takes a clock that is a little ahead for no delay', () => {
    times.receive('oanda', quote(-300), nothing);
    expect(seen).toEqual([['oanda', 0]]);
  });

  test.each([
    ['is more than a minute old', 60_001],
    ['comes from the future', -1_001],
    ['cannot be read', NaN],
  ])('does not take for a delay what %s', (_, agoMs) => {
    const event = Number.isNaN(agoMs) ? { ...QUOTE, time: 'yesterday' } : quote(agoMs);
    times.receive('oanda', event, nothing);
    expect(seen).toEqual([['oanda', 'undated']]);
  });

  test('does not take for a delay what has no time of its own', () => {
    times.receive('bybit', { type: 'ticker', instrument: 'BTCUSDT', lastPrice: '1' }, nothing);
    expect(seen).toEqual([['bybit', 'undated']]);
  });

  test('takes the time to the bus once, and nothing for what follows or was not received', () => {
    const event = quote(0);
    times.published(event);
    times.receive('oanda', event, () => {
      clock.advance(7);
      times.published(event);
      clock.advance(5);
      times.published(event);
    });
    times.published(event);
    expect(seen.slice(1)).toEqual([['published', 7]]);
  });

  test('forgets what was received when it is not published after all', () => {
    const fail = (): void => {
      throw new Error('refused');
    };
    const event = quote(0);
    expect(() => {
      times.receive('oanda', event, fail);
    }).toThrow('refused');
    times.published(event);
    expect(seen).toHaveLength(1);
  });

  describe('over a bus that brings events later', () => {
    test('takes the time of one after another', () => {
      const first = quote(0);
      times.receive('oanda', first, nothing);
      clock.advance(2);
      const second = quote(0);
      times.receive('oanda', second, nothing);
      clock.advance(3);
      times.published(first);
      times.published(second);
      expect(seen.slice(2)).toEqual([['published', 5]]);
    });

    test('takes a newer one for one that was conflated, and no older one, and none of others', () => {
      const older = quote(0);
      clock.advance(10);
      times.receive('oanda', quote(0), nothing);
      clock.advance(10);
      times.published(older);
      times.published({ ...quote(0), instrument: 'USD_JPY' });
      expect(seen).toHaveLength(1);
      times.published(quote(0));
      expect(seen.slice(1)).toEqual([['published', 10]]);
    });

    test('gives up one that never comes', () => {
      times.receive('oanda', quote(0), nothing);
      clock.advance(60_001);
      const next = { ...quote(0), instrument: 'USD_JPY' };
      times.receive('oanda', next, nothing);
      clock.advance(4);
      times.published(next);
      expect(seen.slice(2)).toEqual([['published', 4]]);
    });
  });
});
