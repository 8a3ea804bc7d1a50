import type { MarketEvent } from '@tickwire/protocol';
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

  const quote = (agoMs: number): MarketEvent => ({
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
    times.published();
    times.receive('oanda', quote(0), () => {
      clock.advance(7);
      times.published();
      clock.advance(5);
      times.published();
    });
    times.published();
    expect(seen.slice(1)).toEqual([['published', 7]]);
  });

  test('forgets what was received when it is not published after all', () => {
    const fail = (): void => {
      throw new Error('refused');
    };
    expect(() => {
      times.receive('oanda', quote(0), fail);
    }).toThrow('refused');
    times.receive('oanda', quote(0), nothing);
    times.published();
    expect(seen).toHaveLength(2);
  });
});
