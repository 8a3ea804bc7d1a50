import { describe, expect, test } from 'vitest';
import { followCandles as setUp } from './followed-candles.ts';

const MINUTE_MS = 60_000;

describe('CandleFollower', () => {
  test('begins with the newest confirmed candles, then tells the stream', async () => {
    const { connect, push, listener, told, history } = setUp();
    await connect();
    await push([0]);
    expect(listener.histories).toMatchObject([{ channel: 'candles:BTCUSDT:1' }]);
    expect(history()[0]?.slice(-2)).toEqual(['-2 confirmed', '-1 confirmed']);
    // 200 are asked for, the current one among them.
    expect(history()[0]).toHaveLength(199);
    expect(told()).toEqual(['0']);
    expect(listener.all('candle')[0]).toMatchObject({ source: 'stream', revision: 0 });
    expect(listener.histories[0]?.candles[0]).toMatchObject({ source: 'history' });
  });

  test('tells a closed candle and the new one of one message in their order', async () => {
    const { connect, push, told, rest, clock } = setUp();
    await connect();
    await push([0]);
    await clock.advance(30_200);
    await push([0, 1], [0]);
    expect(told()).toEqual(['0', '0 confirmed', '1']);
    expect(rest.asked).toEqual(['newest']);
  });

  test('passes on a confirmed candle that is repeated, and asks for nothing', async () => {
    const { connect, push, told, rest, clock } = setUp();
    await connect();
    await push([0]);
    await clock.advance(30_200);
    await push([0, 1], [0]);
    await push([0], [0]);
    await push([0]);
    expect(told()).toEqual(['0', '0 confirmed', '1', '0 confirmed']);
    expect(rest.asked).toHaveLength(1);
  });

  test('fetches a candle whose end nobody told, as soon as it is final', async () => {
    const { connect, push, told, rest, clock, listener } = setUp();
    await connect();
    await push([0]);
    await clock.advance(30_300);
    await push([1]);
    expect(told()).toEqual(['0']);
    await push([1]);
    await clock.advance(700);
    expect(told()).toEqual(['0', '0 confirmed', '1']);
    expect(listener.all('candle')[1]).toMatchObject({ source: 'history' });
    // Once in vain, and once when the answer can be final.
    expect(rest.asked).toHaveLength(3);
  });

  test('tells what came late in its order when history is faster', async () => {
    const { connect, push, told, clock } = setUp({ intoMs: 100 });
    await connect();
    await push([0]);
    await push([-1, 0], [-1]);
    expect(told()).toEqual([]);
    await clock.advance(900);
    expect(told()).toEqual(['-1 confirmed', '0', '-1 confirmed', '0']);
  });

  test('fills what a connection missed before it goes on', async () => {
    const { connect, push, told, clock, rest, startOf } = setUp();
    await connect();
    await push([0]);
    await clock.advance(5 * MINUTE_MS);
    await connect();
    await push([5]);
    const missed = [0, 1, 2, 3, 4].map((number) => `${number} confirmed`);
    expect(told()).toEqual(['0', ...missed, '5']);
    expect(rest.asked.at(-1)).toMatchObject({ since: startOf(0) });
  });

  test('holds the stream while history cannot be had, says so, and goes on in order', async () => {
    const { connect, push, told, clock, rest, reports } = setUp();
    await connect();
    await push([0]);
    rest.isFailing = true;
    await clock.advance(2 * MINUTE_MS);
    await connect();
    await push([2]);
    await clock.advance(30_200);
    await push([2, 3], [2]);
    await clock.advance(5 * MINUTE_MS);
    expect(told()).toEqual(['0']);
    expect(new Set(reports())).toEqual(
      new Set(['Waits for candles that were missed: Bybit answered 503']),
    );
    // With a longest wait of 30 s.
    expect(rest.asked.length).toBeGreaterThan(10);
    rest.isFailing = false;
    await clock.advance(31_000);
    expect(reports().at(-1)).toBeUndefined();
    await push([8]);
    const missed = Array.from({ length: 8 }, (_, number) => `${number} confirmed`);
    expect([...new Set(told())]).toEqual(['0', ...missed, '8']);
  });

  test('begins with history late, if it cannot be had at first', async () => {
    const { connect, push, told, clock, rest, history } = setUp();
    rest.isFailing = true;
    await connect();
    await push([0]);
    await clock.advance(5_000);
    expect([told(), history()]).toEqual([[], []]);
    rest.isFailing = false;
    await clock.advance(20_000);
    expect(history()[0]?.at(-1)).toBe('-1 confirmed');
    expect(told()).toEqual(['0']);
  });

  test('goes on where the venue itself has no candle', async () => {
    const { connect, push, told, clock } = setUp({ without: [1, 2] });
    await connect();
    await push([0]);
    await clock.advance(30_200);
    await push([0], [0]);
    await clock.advance(2 * MINUTE_MS);
    await push([3]);
    await clock.advance(1_000);
    await push([3]);
    expect(told()).toEqual(['0', '0 confirmed', '3', '3']);
  });

  test('asks page by page for what a long outage missed', async () => {
    const { connect, push, told, clock, rest, startOf } = setUp();
    await connect();
    await push([0]);
    await clock.advance(2_300 * MINUTE_MS);
    await connect();
    await push([2_300]);
    const missed = Array.from({ length: 2_300 }, (_, number) => `${number} confirmed`);
    expect(told()).toEqual(['0', ...missed, '2300']);
    expect(rest.asked.slice(1)).toMatchObject([
      { since: startOf(0), end: startOf(999) },
      { since: startOf(1_000), end: startOf(1_999) },
      { since: startOf(2_000), end: startOf(2_999) },
    ]);
  });

  test('goes on where it was when a long outage is followed by another', async () => {
    const { connect, push, told, clock, rest } = setUp();
    await connect();
    await push([0]);
    await clock.advance(2_300 * MINUTE_MS);
    rest.latencyMs = [10, 10];
    const second = await connect();
    await push([2_300]);
    // The first page comes, the next does not.
    await clock.advance(15);
    rest.isFailing = true;
    await clock.advance(1_000);
    second.end();
    expect(told()).toHaveLength(1_001);
    await connect();
    await push([2_300]);
    expect(told()).toHaveLength(1_001);
    rest.isFailing = false;
    await clock.advance(40_000);
    await push([2_301]);
    await clock.advance(40_000);
    const missed = Array.from({ length: 2_301 }, (_, number) => `${number} confirmed`);
    expect(told().filter((text) => text.endsWith('confirmed'))).toEqual(missed);
  });

  test('begins a listing that has no history, and misses nothing of it', async () => {
    const { connect, push, told, clock, history } = setUp({ from: 1 });
    await connect();
    await clock.advance(32_000);
    await push([1]);
    expect(history()).toEqual([[]]);
    expect(told()).toEqual(['1']);
    // Nothing was ever confirmed: what has been since is asked for all the same.
    await clock.advance(2 * MINUTE_MS);
    await connect();
    await push([3]);
    expect(told()).toEqual(['1', '1 confirmed', '2 confirmed', '3']);
  });

  test.each(['D', 'W', 'M'] as const)('knows the candles of interval %s', async (interval) => {
    const { connect, push, told, clock, startOf, rest, history } = setUp({
      interval,
      from: -30,
      to: 30,
    });
    await connect();
    await push([0]);
    expect(history()[0]?.at(-1)).toBe('-1 confirmed');
    await clock.advance(startOf(1) + 200 - clock.now());
    await push([0, 1], [0]);
    expect(rest.asked).toHaveLength(1);
    await clock.advance(startOf(15) + 5_000 - clock.now());
    await connect();
    await push([15]);
    const missed = Array.from({ length: 14 }, (_, index) => `${index + 1} confirmed`);
    expect(told()).toEqual(['0', '0 confirmed', '1', ...missed, '15']);
  });

  test('drops a candle from the future, and what follows goes on', async () => {
    const { connect, push, told, clock } = setUp();
    await connect();
    await push([0]);
    await push([500], [500]);
    await push([500]);
    await clock.advance(30_200);
    await push([0, 1], [0]);
    expect(told()).toEqual(['0', '0 confirmed', '1']);
    await clock.advance(2 * MINUTE_MS);
    await connect();
    await push([3]);
    await clock.advance(1_000);
    expect(told().slice(3)).toEqual(['1 confirmed', '2 confirmed', '3']);
  });

  test('keeps no more than a thousand candles waiting, and asks for the rest', async () => {
    const { connect, push, told, clock, rest } = setUp();
    await connect();
    await push([0]);
    rest.isFailing = true;
    await clock.advance(MINUTE_MS);
    await connect();
    for (let number = 1; number <= 1_500; number += 1) {
      await push([number, number + 1], [number]);
      await clock.advance(MINUTE_MS);
    }
    rest.isFailing = false;
    await clock.advance(31_000);
    const confirmed = told().filter((text) => text.endsWith('confirmed'));
    const all = Array.from({ length: 1_501 }, (_, number) => `${number} confirmed`);
    expect([...new Set(confirmed)]).toEqual(all);
  });

  test('tells nothing more, and waits for nothing, once its connection is over', async () => {
    const { connect, push, told, clock, rest } = setUp();
    const first = await connect();
    rest.latencyMs = [50, 50];
    await push([0]);
    await clock.advance(60);
    first.end();
    await clock.advance(1_000);
    expect(told()).toEqual([]);
    expect(first.reports).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('begins without its history when the venue cannot be asked for ten seconds', async () => {
    const { connect, push, told, rest, clock, history, reports } = setUp();
    rest.isFailing = true;
    await connect();
    await push([0]);
    await clock.advance(9_999);
    expect(told()).toEqual([]);
    await clock.advance(1);
    expect(told()).toEqual(['0']);
    expect(reports().at(-1)).toContain('503');
    await clock.advance(20_200);
    await push([0, 1], [0]);
    expect(told()).toEqual(['0', '0 confirmed', '1']);
    // Until then an answer may not have the candle that has just ended.
    await clock.advance(1_500);
    rest.isFailing = false;
    await clock.advance(31_000);
    expect(history()[0]?.slice(-2)).toEqual(['-1 confirmed', '0 confirmed']);
    expect(reports().at(-1)).toBeUndefined();
    await clock.advance(5_000);
    await push([1, 2], [1]);
    const confirmed = told().filter((each) => each.endsWith('confirmed'));
    expect([...new Set(confirmed)]).toEqual(['0 confirmed', '1 confirmed']);
  });

  test('asks for the history that it began without again on the next connection', async () => {
    const { connect, push, told, rest, clock, history } = setUp();
    rest.isFailing = true;
    await connect();
    await push([0]);
    await clock.advance(10_000);
    expect(told()).toEqual(['0']);
    await connect();
    rest.isFailing = false;
    await push([0]);
    await clock.advance(0);
    expect(history()[0]?.at(-1)).toBe('-1 confirmed');
    expect(told()).toEqual(['0', '0']);
  });
});
