import { expect, test } from 'vitest';
import { CANDLES, eventually } from '../../support/bus-events.ts';
import { candleOf } from '../../support/live-events.ts';
import { describeWithRedis } from '../../support/redis.ts';
import { updateOf, useRelayWorld, eventsOf } from '../../support/relay-world.ts';

describeWithRedis('Candles of other programs', () => {
  const { publish, open, openTwo } = useRelayWorld();

  test('come once confirmed, and as a revision where they are corrected', async () => {
    const { other } = await openTwo();
    const confirmed = { isConfirmed: true };
    for (const update of [
      updateOf(candleOf(0)),
      updateOf(candleOf(0, confirmed)),
      updateOf(candleOf(0, confirmed)),
      updateOf(candleOf(0, { volume: '999' })),
      updateOf(candleOf(0, { ...confirmed, close: '28355.30' })),
      updateOf(candleOf(1)),
    ]) {
      await publish(CANDLES, update);
    }
    await eventually(() => eventsOf(other.told)).toEqual([
      candleOf(0),
      candleOf(0, confirmed),
      candleOf(0, { ...confirmed, close: '28355.30', revision: 1 }),
      candleOf(1),
    ]);
  });

  test('come once from all who relay them one after another, and beside a feed', async () => {
    const { holder, other } = await openTwo();
    const confirmed = { isConfirmed: true };
    await publish(CANDLES, updateOf(candleOf(0, confirmed)));
    await eventually(() => other.told).toHaveLength(1);
    await holder.relay.close();
    await eventually(() => other.relay.isRelaying).toBe(true);
    holder.bus.publish(candleOf(1, confirmed));
    await eventually(() => other.told).toHaveLength(2);
    for (const [index, fields] of [
      [0, confirmed],
      [1, {}],
      [1, confirmed],
      [2, {}],
    ] as const) {
      await publish(CANDLES, updateOf(candleOf(index, fields)));
    }
    await eventually(() => eventsOf(other.told)).toEqual([
      candleOf(0, confirmed),
      candleOf(1, confirmed),
      candleOf(2),
    ]);
  });

  test('are told whole to a process that comes later, when it asks', async () => {
    const { holder, other } = await openTwo();
    const confirmed = [0, 1, 2].map((index) => candleOf(index, { isConfirmed: true }));
    for (const candle of confirmed) {
      await publish(CANDLES, updateOf(candle));
    }
    await eventually(() => other.told).toHaveLength(3);
    const late = await open();
    const known = (): unknown => late.lastValues.candles(CANDLES)?.newest(10);
    expect(known()).toBeUndefined();
    other.relay.tellStart(CANDLES);
    holder.relay.tellStart('candles:BTCUSDT:5');
    holder.relay.tellStart(CANDLES);
    await eventually(known).toEqual(confirmed);
  });

  test('are told whole by whoever relays them next, with the first that comes', async () => {
    const { holder, other } = await openTwo();
    const confirmed = [0, 1, 2].map((index) => candleOf(index, { isConfirmed: true }));
    for (const candle of confirmed) {
      await publish(CANDLES, updateOf(candle));
    }
    await eventually(() => other.told).toHaveLength(3);
    await holder.kill();
    await eventually(() => other.relay.isRelaying).toBe(true);
    const late = await open();
    await publish(CANDLES, updateOf(candleOf(3)));
    await eventually(() => late.lastValues.candles(CANDLES)?.newest(10)).toEqual([
      ...confirmed,
      candleOf(3),
    ]);
    expect(eventsOf(late.told)).toEqual([candleOf(3)]);
  });
});
