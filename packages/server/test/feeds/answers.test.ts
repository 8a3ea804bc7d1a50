import { describe, expect, test } from 'vitest';
import { FeedError, type FeedErrorCode } from '../../src/domain/errors.ts';
import { askAgain, withinTime } from '../../src/feeds/answers.ts';
import { ManualClock } from '../support/manual-clock.ts';

const PASSING: readonly FeedErrorCode[] = ['FEED_UNAVAILABLE'];
const unavailable = new FeedError('FEED_UNAVAILABLE', 'Venue answered 503');
const MINUTE = 60_000;

describe('askAgain', () => {
  /** Asks a venue that answers with these failures, and then well. */
  function ask(failures: readonly Error[]) {
    const clock = new ManualClock();
    const stop = new AbortController();
    const asked = { count: 0 };
    const asking = askAgain(
      async () => {
        const failure = failures[asked.count];
        asked.count += 1;
        return failure === undefined ? 'answer' : Promise.reject(failure);
      },
      PASSING,
      { clock, signal: stop.signal },
    );
    const outcome = asking.catch((error: unknown) => error);
    return { clock, stop, asked, outcome };
  }

  test('asks three times at most, with a wait between', async () => {
    const passing = ask([unavailable, unavailable]);
    await passing.clock.advance(0);
    expect(passing.asked.count).toBe(1);
    await passing.clock.advance(MINUTE);
    expect(await passing.outcome).toBe('answer');
    const lasting = ask([unavailable, unavailable, unavailable, unavailable]);
    await lasting.clock.advance(MINUTE);
    expect(await lasting.outcome).toBe(unavailable);
    expect(lasting.asked.count).toBe(3);
  });

  test.each([
    new FeedError('FEED_REFUSED', 'Venue answered 400'),
    new FeedError('FEED_UNAVAILABLE', 'Venue answered 503', { retryAfterMs: 1 }),
    new Error('a fault of ours'),
  ])('asks once where it is to be left to others: %o', async (error) => {
    const { outcome, asked, clock } = ask([error]);
    expect(await outcome).toBe(error);
    expect(asked.count).toBe(1);
    expect(clock.waiting).toBe(0);
  });

  test('asks no more once nobody waits', async () => {
    const { outcome, asked, stop } = ask([unavailable, unavailable]);
    stop.abort();
    expect(await outcome).toBe(unavailable);
    expect(asked.count).toBe(1);
  });
});

describe('withinTime', () => {
  /** A request that ends only with its signal. */
  const endless = async (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      const end = (): void => {
        reject(new Error('aborted'));
      };
      signal.addEventListener('abort', end);
      if (signal.aborted) {
        end();
      }
    });

  function run<T>(request: (signal: AbortSignal) => Promise<T>, stop = new AbortController()) {
    const clock = new ManualClock();
    const limits = { clock, signal: stop.signal, timeoutMs: 10_000 };
    const outcome = withinTime('Venue', request, limits).catch((error: unknown) => error);
    return { clock, stop, outcome };
  }

  test('resolves with the answer, and leaves no timer', async () => {
    const { clock, outcome } = run(async () => Promise.resolve('answer'));
    expect(await outcome).toBe('answer');
    expect(clock.waiting).toBe(0);
  });

  test('ends a request whose time is over', async () => {
    const { clock, outcome } = run(endless);
    await clock.advance(10_000);
    expect(await outcome).toMatchObject({
      code: 'FEED_TIMEOUT',
      message: 'No answer from Venue within 10 s',
    });
  });

  test('ends a request that nobody waits for any more, or did not from the beginning', async () => {
    const { clock, outcome, stop } = run(endless);
    stop.abort();
    expect(await outcome).toMatchObject({ code: 'FEED_UNREACHABLE' });
    expect(clock.waiting).toBe(0);
    expect(await run(endless, stop).outcome).toMatchObject({ code: 'FEED_UNREACHABLE' });
  });

  test('says that a venue cannot be reached, and lets pass what it has said itself', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(await run(async () => Promise.reject(refused)).outcome).toMatchObject({
      code: 'FEED_UNREACHABLE',
      message: 'Venue cannot be reached: ECONNREFUSED',
    });
    expect(await run(async () => Promise.reject(unavailable)).outcome).toBe(unavailable);
  });
});
