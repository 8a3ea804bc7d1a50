import type { Quote } from '@tickwire/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { FeedError } from '../../src/domain/errors.ts';
import type { Feed, FeedListener } from '../../src/ports/feed.ts';
import { waitFor } from '../support/wait-for.ts';

/** A venue under a test's control, and a feed that follows it. */
export interface FeedUnderTest {
  readonly feed: Feed;
  /** Ends the connection from the venue's side. */
  drop(): void;
  /** How many connections the venue has open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** What every feed promises its supervisor, whatever its venue. */
export function testFeed(name: string, open: () => Promise<FeedUnderTest>): void {
  describe(`${name} feed`, () => {
    const opened: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of opened.splice(0)) {
        await close();
      }
    });

    async function start() {
      const venue = await open();
      const stop = new AbortController();
      const quotes: Quote[] = [];
      const calls: string[] = [];
      const listener: FeedListener = {
        onQuote: (quote) => {
          calls.push('quote');
          quotes.push(quote);
        },
        onConnected: () => calls.push('connected'),
        onEvent: () => undefined,
        onHistory: () => undefined,
        onData: () => undefined,
        onUnavailable: (unavailable) => calls.push(`unavailable ${unavailable.length}`),
        onRejectedFrame: (reason) => calls.push(`rejected ${reason}`),
      };
      const follow = (): Promise<void> => venue.feed.follow(listener, stop.signal);
      opened.push(async () => {
        stop.abort();
        await venue.close();
      });
      return { venue, stop, quotes, calls, follow };
    }

    test('brings a price of every instrument, once it is connected', async () => {
      const { venue, stop, quotes, calls, follow } = await start();
      const following = follow();
      await waitFor(
        () =>
          new Set(quotes.map(({ instrument }) => instrument)).size ===
          venue.feed.instruments.length,
        'all instruments',
      );
      expect(calls.slice(0, 3)).toEqual(['unavailable 0', 'connected', 'quote']);
      stop.abort();
      await following;
    });

    test('keeps the order of each instrument', async () => {
      const { stop, quotes, follow } = await start();
      const following = follow();
      await waitFor(() => quotes.length > 100, 'a hundred prices');
      stop.abort();
      await following;
      const last = new Map<string, string>();
      for (const { instrument, time } of quotes) {
        expect(time >= (last.get(instrument) ?? '')).toBe(true);
        last.set(instrument, time);
      }
    });

    test('rejects with a FeedError when the venue ends the connection, and can follow again', async () => {
      const { venue, stop, quotes, follow } = await start();
      const first = follow();
      await waitFor(() => quotes.length > 0, 'a price');
      venue.drop();
      await expect(first).rejects.toBeInstanceOf(FeedError);
      const seen = quotes.length;
      const second = follow();
      await waitFor(() => quotes.length > seen, 'a price of the second connection');
      stop.abort();
      await second;
    });

    test('resolves after an abort, and leaves no connection behind', async () => {
      const { venue, stop, quotes, follow } = await start();
      const following = follow();
      await waitFor(() => quotes.length > 0, 'a price');
      expect(await venue.connections()).toBe(1);
      stop.abort();
      await expect(following).resolves.toBeUndefined();
      await waitFor(async () => (await venue.connections()) === 0, 'the connection to be gone');
    });

    test('resolves at once when it is aborted before it begins', async () => {
      const { stop, follow, calls } = await start();
      stop.abort();
      await expect(follow()).resolves.toBeUndefined();
      expect(calls).toEqual([]);
    });
  });
}
