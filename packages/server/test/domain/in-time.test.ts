import { describe, expect, test } from 'vitest';
import { inTime } from '../../src/domain/in-time.ts';
import { ManualClock } from '../support/manual-clock.ts';

const never = new Promise<void>(() => undefined);

describe('inTime', () => {
  test('tells that something has ended, and leaves no timer', async () => {
    const clock = new ManualClock();
    await expect(inTime(Promise.resolve(), 1_000, clock)).resolves.toBe(true);
    expect(clock.waiting).toBe(0);
  });

  test('waits no longer than it may', async () => {
    const clock = new ManualClock();
    let isInTime: boolean | undefined;
    void inTime(never, 1_000, clock).then((value) => {
      isInTime = value;
    });
    await clock.advance(999);
    expect(isInTime).toBeUndefined();
    await clock.advance(1);
    expect(isInTime).toBe(false);
  });

  test('fails as what it waits for does, and leaves no timer', async () => {
    const clock = new ManualClock();
    const failed = Promise.reject(new Error('broken'));
    await expect(inTime(failed, 1_000, clock)).rejects.toThrow('broken');
    expect(clock.waiting).toBe(0);
  });

  test('does not hear of a failure that comes too late', async () => {
    const clock = new ManualClock();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const waiting = inTime(work, 1_000, clock);
    await clock.advance(1_000);
    // Unheard by anybody, it would fail this test as an unhandled rejection.
    fail(new Error('broken'));
    await expect(waiting).resolves.toBe(false);
    await clock.advance(0);
  });
});
