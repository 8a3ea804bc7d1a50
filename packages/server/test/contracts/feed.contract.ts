import { type Quote, channelOf } from '@tickwire/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { FeedError } from '../../src/domain/errors.ts';
import type { Feed, FeedEvent, FeedListener } from '../../src/ports/feed.ts';
import { waitFor } from '../support/wait-for.ts';

/** A venue under a test's control, and a feed that follows it. */
export interface FeedUnderTest {
  readonly feed: Feed;
  /** The channels that the feed brings, by the names that their events have. */
  readonly channels: readonly string[];
  /**
   * Where an event stands in the venue's order of its channel: no event of a channel has a smaller
   * place than one that came before it. Undefined for events whose order their channel alone knows.
   */
  placeOf(event: Quote | FeedEvent): string | number | undefined;
  /** Ends the connection from the venue's side. */
  drop(): void;
  /** How many connections that bring events the venue has open. */
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
      const events: (Quote | FeedEvent)[] = [];
      const calls: string[] = [];
      const accept = (event: Quote | FeedEvent): void => {
        calls.push('event');
        events.push(event);
      };
      const listener: FeedListener = {
        onQuote: accept,
        onEvent: accept,
        onConnected: () => calls.push('connected'),
        onHistory: (channel) => calls.push(`history ${channel}`),
        onStateLost: () => undefined,
        onData: () => undefined,
        onUnavailable: (unavailable) => calls.push(`unavailable ${unavailable.length}`),
        onRejectedFrame: (reason) => calls.push(`rejected ${reason}`),
      };
      const follow = (): Promise<void> => venue.feed.follow(listener, stop.signal);
      opened.push(async () => {
        stop.abort();
        await venue.close();
      });
      return { venue, stop, events, calls, follow };
    }

    test('brings every instrument and channel, once it is connected', async () => {
      const { venue, stop, events, calls, follow } = await start();
      const following = follow();
      const channels = (): Set<string> => new Set(events.map(channelOf));
      await waitFor(() => channels().size === venue.channels.length, 'all channels');
      expect([...channels()].toSorted()).toEqual(venue.channels.toSorted());
      expect([...new Set(events.map(instrumentOf))].toSorted()).toEqual(
        venue.feed.instruments.toSorted(),
      );
      expect(calls.slice(0, 2)).toEqual(['unavailable 0', 'connected']);
      expect(calls[2]).toMatch(/^event$|^history /);
      expect(calls.filter((call) => call.startsWith('rejected'))).toEqual([]);
      stop.abort();
      await following;
    });

    test('keeps the order of each channel', async () => {
      const { venue, stop, events, follow } = await start();
      const following = follow();
      await waitFor(
        () => events.length > 100 && new Set(events.map(channelOf)).size === venue.channels.length,
        'a hundred events of all channels',
      );
      stop.abort();
      await following;
      const last = new Map<string, string | number>();
      let placed = 0;
      for (const event of events) {
        const place = venue.placeOf(event);
        const before = last.get(channelOf(event));
        if (place !== undefined) {
          expect(before === undefined || place >= before).toBe(true);
          last.set(channelOf(event), place);
          placed += 1;
        }
      }
      expect(placed).toBeGreaterThan(events.length / 4);
    });

    test('rejects with a FeedError when the venue ends the connection, and can follow again', async () => {
      const { venue, stop, events, calls, follow } = await start();
      const first = follow();
      await waitFor(() => events.length > 0, 'an event');
      venue.drop();
      await expect(first).rejects.toBeInstanceOf(FeedError);
      const seen = calls.length;
      // A venue on a busy machine may be late with its answers, as any may; then it is tried again.
      const followAgain = (): Promise<void> =>
        follow().catch((error: unknown) => {
          expect(error).toBeInstanceOf(FeedError);
          return followAgain();
        });
      const second = followAgain();
      await waitFor(() => calls.slice(seen).includes('event'), 'an event of the second connection');
      stop.abort();
      await second;
      const later = calls.slice(seen);
      expect(later.indexOf('connected')).toBeLessThan(later.indexOf('event'));
    });

    test('resolves after an abort, and leaves no connection behind', async () => {
      const { venue, stop, events, calls, follow } = await start();
      const following = follow();
      await waitFor(() => events.length > 0, 'an event');
      expect(await venue.connections()).toBe(1);
      stop.abort();
      await expect(following).resolves.toBeUndefined();
      const told = calls.length;
      await waitFor(async () => (await venue.connections()) === 0, 'the connection to be gone');
      expect(calls).toHaveLength(told);
    });

    test('resolves at once when it is aborted before it begins', async () => {
      const { stop, follow, calls } = await start();
      stop.abort();
      await expect(follow()).resolves.toBeUndefined();
      expect(calls).toEqual([]);
    });

    test('resolves when it is aborted while it connects, and tells nothing', async () => {
      const { venue, stop, follow, calls } = await start();
      const following = follow();
      stop.abort();
      await expect(following).resolves.toBeUndefined();
      await waitFor(async () => (await venue.connections()) === 0, 'no connection');
      expect(calls.filter((call) => call !== 'unavailable 0')).toEqual([]);
    });
  });
}

function instrumentOf({ instrument }: Quote | FeedEvent): string {
  return instrument;
}
