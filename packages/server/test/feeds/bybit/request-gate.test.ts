import { describe, expect, test } from 'vitest';
import { FeedError } from '../../../src/domain/errors.ts';
import { BAN_MS, CONCURRENT_REQUESTS } from '../../../src/feeds/bybit/config.ts';
import { RequestGate } from '../../../src/feeds/bybit/request-gate.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function setUp() {
  const clock = new ManualClock();
  const gate = new RequestGate(clock);
  const begun: number[] = [];
  let active = 0;
  let most = 0;
  /** A request that takes some time of the clock. */
  const request = (takesMs: number, signal = new AbortController().signal) =>
    gate.run(async () => {
      begun.push(clock.now());
      active += 1;
      most = Math.max(most, active);
      await clock.sleep(takesMs);
      active -= 1;
    }, signal);
  return { clock, gate, begun, request, mostActive: () => most };
}

describe('RequestGate', () => {
  test('lets far fewer requests pass than Bybit allows, however many wait', async () => {
    const { clock, begun, request } = setUp();
    const all = Promise.all(Array.from({ length: 1_000 }, () => request(1)));
    await clock.advance(30_000);
    await all;
    for (const at of begun) {
      const within = begun.filter((other) => other >= at && other < at + 5_000);
      expect(within.length).toBeLessThanOrEqual(300);
    }
  });

  test('has no more than a few on their way at once, and serves those who wait in order', async () => {
    const { clock, request, mostActive } = setUp();
    const done: number[] = [];
    const all = Array.from({ length: 20 }, (_, index) => request(500).then(() => done.push(index)));
    await clock.advance(10_000);
    await Promise.all(all);
    expect(mostActive()).toBe(CONCURRENT_REQUESTS);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  test('does not send what was given up, and keeps nobody else waiting for it', async () => {
    const { clock, request, begun } = setUp();
    const first = Array.from({ length: CONCURRENT_REQUESTS }, () => request(1_000));
    const stop = new AbortController();
    const abandoned = request(1, stop.signal);
    const last = request(1);
    stop.abort();
    await expect(abandoned).rejects.toBeInstanceOf(FeedError);
    await clock.advance(5_000);
    await Promise.all([...first, last]);
    expect(begun).toHaveLength(CONCURRENT_REQUESTS + 1);
  });

  test('asks for nothing while the address is banned, not even for those who wait already', async () => {
    const { clock, gate, request, begun } = setUp();
    const first = Array.from({ length: CONCURRENT_REQUESTS }, () => request(100));
    const waiting = request(1).catch((error: unknown) => error);
    await clock.advance(0);
    gate.ban();
    await clock.advance(1_000);
    await Promise.all(first);
    expect(await waiting).toMatchObject({ code: 'FEED_RATE_LIMITED' });
    await expect(request(1)).rejects.toMatchObject({ code: 'FEED_RATE_LIMITED' });
    expect(begun).toHaveLength(CONCURRENT_REQUESTS);
    await clock.advance(BAN_MS);
    const after = request(1);
    await clock.advance(10);
    await after;
  });
});
