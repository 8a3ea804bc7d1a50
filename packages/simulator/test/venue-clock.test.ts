import { describe, expect, test } from 'vitest';
import { createVenueClock } from '../src/venue-clock.ts';

const HOUR_MS = 3_600_000;

describe('venue clock', () => {
  test('is the real time unless it begins elsewhere', () => {
    let nowMs = 1_000_000;
    const clock = createVenueClock({ startOffsetMs: 0, speed: 60, now: () => nowMs });
    nowMs += 12_345;
    expect(clock.now()).toBe(nowMs);
  });

  test('begins in the past, runs fast, catches up and is real from then on', () => {
    const startMs = 1_700_000_000_000;
    let nowMs = startMs;
    const clock = createVenueClock({ startOffsetMs: -3 * HOUR_MS, speed: 60, now: () => nowMs });
    expect(clock.now()).toBe(startMs - 3 * HOUR_MS);
    nowMs = startMs + 60_000;
    expect(clock.now()).toBe(startMs - 2 * HOUR_MS);
    nowMs = startMs + HOUR_MS;
    expect(clock.now()).toBe(nowMs);
  });

  test('is the real time at any pace that is slow, unless it begins elsewhere', () => {
    let nowMs = 1_700_000_000_000;
    const clock = createVenueClock({ startOffsetMs: 0, speed: 0.5, now: () => nowMs });
    nowMs += 10_000;
    expect(clock.now()).toBe(nowMs);
    expect(clock.realMsUntil(nowMs + 5_000)).toBe(5_000);
  });

  test('stays behind at the pace of the real time', () => {
    let nowMs = 1_700_000_000_000;
    const clock = createVenueClock({ startOffsetMs: -HOUR_MS, speed: 1, now: () => nowMs });
    nowMs += 500;
    expect(clock.now()).toBe(nowMs - HOUR_MS);
  });

  test('says how long a time is away on the fast stretch, after it and in the past', () => {
    const startMs = 1_700_000_000_000;
    const options = { startOffsetMs: -HOUR_MS, speed: 61, now: () => startMs };
    const clock = createVenueClock(options);
    expect(clock.realMsUntil(startMs - HOUR_MS + 6_100)).toBe(100);
    expect(clock.realMsUntil(startMs + 60_000)).toBe(60_000);
    expect(clock.realMsUntil(startMs + 2 * HOUR_MS)).toBe(2 * HOUR_MS);
    expect(clock.realMsUntil(startMs - 2 * HOUR_MS)).toBe(0);
  });
});
