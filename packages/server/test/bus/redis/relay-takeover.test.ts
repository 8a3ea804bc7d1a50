import { expect, onTestFinished, test } from 'vitest';
import type { Envelope } from '../../../src/ports/bus.ts';
import { eventually, seqsOf } from '../../support/bus-events.ts';
import { createFreezableClock } from '../../support/freezable-clock.ts';
import { describeWithRedis } from '../../support/redis.ts';
import type { RelayProcess } from '../../support/relay-process.ts';
import { useRelayWorld, eventsOf } from '../../support/relay-world.ts';

const TAKES_OVER_WITHIN_MS = 2_000;

/** The numbers of the prices that {@link publishNumbers} has published. */
function numbersOf(told: readonly Envelope[]): readonly number[] {
  return eventsOf(told).map((event) => (event.type === 'quote' ? Number(event.bid) : NaN));
}

/** For how long nothing was told of what was published. */
function longestGapMs(numbers: readonly number[], publishedAt: readonly number[]): number {
  const gaps = numbers.slice(1).map((number, index) => {
    const previous = numbers[index] ?? number;
    const isNext = number === previous + 1;
    return isNext ? 0 : (publishedAt[number] ?? Infinity) - (publishedAt[previous] ?? 0);
  });
  return Math.max(...gaps);
}

describeWithRedis('When the holder of the lease', () => {
  const { outsider, publish, open, openTwo } = useRelayWorld();

  /** Publishes the prices 1, 2, 3 … one after another, until it is stopped; knows when each was. */
  function publishNumbers() {
    const publishedAt: number[] = [0];
    const stopped = new AbortController();
    const running = (async () => {
      for (let number = 1; !stopped.signal.aborted; number += 1) {
        publishedAt.push(performance.now());
        await publish('price_updates', { instrument: 'EUR_USD', bid: number, ask: 1_000_000 });
      }
    })();
    const stop = async () => {
      stopped.abort();
      await running;
      return publishedAt.length - 1;
    };
    onTestFinished(async () => {
      await stop();
    });
    return { publishedAt, stop };
  }

  /** Expects that each number was told at most once, in order, and says how long none was. */
  async function expectTakeover(
    { holder, other }: { readonly holder: RelayProcess; readonly other: RelayProcess },
    leave: () => Promise<void> | void,
  ): Promise<number> {
    const { publishedAt, stop } = publishNumbers();
    const late = await open();
    await eventually(() => other.told.length).toBeGreaterThan(100);
    await leave();
    await eventually(() => other.relay.isRelaying || late.relay.isRelaying).toBe(true);
    const had = other.told.length;
    await eventually(() => other.told.length).toBeGreaterThan(had + 100);
    const last = await stop();
    await eventually(() => numbersOf(other.told).at(-1)).toBe(last);
    await eventually(() => late.told.at(-1)?.seq).toBe(other.told.at(-1)?.seq);
    const numbers = numbersOf(other.told);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(seqsOf(other.told)).toEqual(numbers.map((_, index) => index + 1));
    expect(late.told.at(-1)?.event).toEqual(other.told.at(-1)?.event);
    // Whatever the old holder was told, it is what all were.
    const before = numbersOf(holder.told);
    expect(before).toEqual(numbers.slice(0, before.length));
    return longestGapMs(numbers, publishedAt);
  }

  test('is killed, another takes over within two seconds, and nothing comes twice', async () => {
    const two = await openTwo();
    const lostMs = await expectTakeover(two, () => two.holder.kill());
    expect(lostMs).toBeGreaterThan(0);
    expect(lostMs).toBeLessThan(TAKES_OVER_WITHIN_MS);
  });

  test('stands still, another takes over, and what the old one still has is refused', async () => {
    const clock = createFreezableClock();
    const two = await openTwo({ clock });
    const lostMs = await expectTakeover(two, () => {
      clock.freeze();
    });
    expect(lostMs).toBeLessThan(TAKES_OVER_WITHIN_MS);
    // It goes on taking, for it does not know that it has lost the lease.
    expect(two.holder.relay.isRelaying).toBe(true);
    expect(two.holder.relay.taken).toBeGreaterThan(0);
    expect(two.holder.relay.taken + two.other.relay.taken).toBeGreaterThan(two.other.told.length);
  });

  test('stops, another takes over at its next try', async () => {
    const two = await openTwo();
    const lostMs = await expectTakeover(two, () => two.holder.relay.close());
    expect(lostMs).toBeLessThan(1_000);
    expect(two.holder.relay.isRelaying).toBe(false);
  });

  test('loses its connection, it has the lease again at once with the next one', async () => {
    const { holder } = await openTwo();
    const { publishedAt, stop } = publishNumbers();
    await eventually(() => holder.told.length).toBeGreaterThan(100);
    await outsider().command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(() => holder.relay.isRelaying).toBe(false);
    const had = holder.told.length;
    await eventually(() => holder.told.length).toBeGreaterThan(had + 100);
    await stop();
    const numbers = numbersOf(holder.told);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(longestGapMs(numbers, publishedAt)).toBeLessThan(1_000);
  });
});
