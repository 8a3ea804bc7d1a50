import { describe, expect, test } from 'vitest';
import { bars, connect, follow, handClock, rows, startBybit, textOf } from '../support/bybit.ts';
import { waitFor } from '../support/simulator.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The start of a minute and of an hour. */
const NOON_MS = Date.UTC(2026, 9, 7, 12);

describe('kline topic', () => {
  const topic = 'kline.1.BTCUSDT';

  test('writes candles in the form and order of the venue', async () => {
    const { client, clock } = await follow('linear', [topic], NOON_MS + 20_000);
    await waitFor(() => client.frames(topic).length === 1);
    const [frame] = client.frames(topic);
    expect(Object.keys(frame!)).toEqual(['topic', 'type', 'ts', 'data']);
    expect(frame).toMatchObject({ type: 'snapshot', ts: clock.now() });
    const [bar] = bars(frame);
    expect(Object.keys(bar!).join()).toBe(
      'start,end,interval,open,close,high,low,volume,turnover,confirm,timestamp',
    );
    expect(bar).toMatchObject({
      start: NOON_MS,
      end: NOON_MS + MINUTE_MS - 1,
      interval: '1',
      confirm: false,
    });
  });

  test('updates a candle that changes once a second', async () => {
    const { client, move, pass } = await follow('linear', [topic], NOON_MS + 20_000);
    await move(topic, 1_000);
    await pass(999);
    await move(topic, 1);
    const times = client.frames(topic).map(({ ts }) => Number(ts) - NOON_MS);
    expect(times).toEqual([20_000, 21_000, 22_000]);
    const volumes = client.frames(topic).map((frame) => Number(bars(frame)[0]?.['volume']));
    expect(volumes).toEqual([...new Set(volumes)].sort((a, b) => a - b));
  });

  test('closes a candle 200 ms after its end, with the new one in the same message', async () => {
    const { client, move, pass, simulator } = await follow(
      'linear',
      [topic],
      NOON_MS + MINUTE_MS - 100,
    );
    await pass(299);
    expect(client.frames(topic)).toHaveLength(1);
    const closing = await move(topic, 1);
    expect(closing['ts']).toBe(NOON_MS + MINUTE_MS + 200);
    expect(bars(closing).map(({ start, confirm }) => [start, confirm])).toEqual([
      [NOON_MS, true],
      [NOON_MS + MINUTE_MS, false],
    ]);
    const [row] = await rows(
      simulator,
      `kline?symbol=BTCUSDT&interval=1&start=${NOON_MS}&end=${NOON_MS}`,
    );
    const [closed] = bars(closing);
    const names = ['open', 'high', 'low', 'close', 'volume', 'turnover'];
    expect(names.map((name) => closed?.[name])).toEqual(row?.slice(1));
  });

  test('closes every candle once or twice, however fast the clock', async () => {
    const { client, pass } = await follow('linear', [topic], NOON_MS + 1_000);
    const minutes = 60;
    for (let step = 0; step < 4; step += 1) {
      await pass((minutes / 4) * MINUTE_MS);
    }
    const confirmed = (): readonly number[] =>
      client
        .frames(topic)
        .flatMap(bars)
        .filter(({ confirm }) => Boolean(confirm))
        .map(({ start }) => (Number(start) - NOON_MS) / MINUTE_MS);
    await pass(3_000);
    expect(confirmed().length).toBeGreaterThan(minutes);
    expect([...new Set(confirmed())]).toEqual(Array.from({ length: minutes }, (_, at) => at));
    expect(confirmed().length).toBeLessThan(minutes * 1.4);
    expect(confirmed()).toEqual(confirmed().toSorted((a, b) => a - b));
  });

  test('repeats a quiet candle after a minute at the latest', async () => {
    const quiet = 'kline.60.1000PEPEUSDT';
    const { client, move } = await follow('linear', [quiet], NOON_MS + 10_000);
    for (let round = 0; round < 10; round += 1) {
      await move(quiet, MINUTE_MS);
    }
    const volumes = client.frames(quiet).map((frame) => textOf(bars(frame)[0]?.['volume']));
    expect(volumes).toHaveLength(11);
    expect(new Set(volumes).size).toBeLessThan(11);
  });
});

describe('the clock of the venue', () => {
  test('begins in the past, and the topics run by it', async () => {
    const clock = handClock(NOON_MS + 30_000);
    const options = { now: clock.now, startOffsetMs: -3 * HOUR_MS, speed: 60 };
    const client = await connect(await startBybit(options), 'linear');
    await client.request('subscribe', ['kline.1.BTCUSDT']);
    clock.add(504);
    await waitFor(() => client.frames('kline.1.BTCUSDT').length > 1);
    const [bar] = bars(client.frames('kline.1.BTCUSDT')[1]);
    expect([bar?.['start'], bar?.['confirm']]).toEqual([NOON_MS - 3 * HOUR_MS, true]);
  });
});
