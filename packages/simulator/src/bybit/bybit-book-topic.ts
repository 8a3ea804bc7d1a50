/**
 * `orderbook.{depth}.{symbol}`: a snapshot, then the levels that changed, with `u` one higher each
 * time. Depth 1 is snapshots alone, and the last one again, `u` and all, after three quiet seconds.
 */
import { type Publisher, frameText, takesFault } from './bybit-publisher.ts';
import { sequenceAt } from './bybit-sequence.ts';
import type { BybitBook, BybitLevel, BybitSymbol, TopicFrame } from './bybit-venue.ts';
import type { FaultState } from '../faults/faults.ts';

/** How often a book of each depth is looked at, in milliseconds. */
export const BOOK_PERIODS_MS: ReadonlyMap<number, number> = new Map([
  [1, 20],
  [50, 20],
  [200, 100],
  [1000, 200],
]);
const REPEAT_MS = 3_000;
const DELETED = '0';
/** A later start of a topic begins at a higher `u`: fewer than 50 frames come in a second. */
const FIRST_UPDATE_MS = 20;
const UPDATE_EPOCH_MS = 1_600_000_000_000;

/** What a book topic is made of. */
export interface BookTopicOptions {
  readonly topic: string;
  readonly name: string;
  readonly isSpot: boolean;
  readonly depth: number;
  readonly bookAt: BybitSymbol['book'];
  readonly faults: FaultState;
}

export function createBookPublisher(options: BookTopicOptions, startMs: number): Publisher {
  const { topic, name, isSpot, depth, bookAt, faults } = options;
  const periodMs = BOOK_PERIODS_MS.get(depth) ?? REPEAT_MS;
  let book = bookAt(startMs, depth);
  let bookMs = startMs;
  let lookedAtMs = startMs;
  let sentAtMs = startMs;
  let update = Math.floor((startMs - UPDATE_EPOCH_MS) / FIRST_UPDATE_MS);

  function frame(type: 'snapshot' | 'delta', { bids, asks }: BybitBook, ts: number): TopicFrame {
    const data = { s: name, b: bids, a: asks, u: update, seq: sequenceAt(bookMs) };
    return {
      text: frameText(isSpot, { topic, type, ts }, data, { cts: bookMs }),
      isDelta: type === 'delta',
    };
  }

  /** The best bid as it is: a delta that changes nothing, wherever it is applied. */
  const harmless = (atMs: number): TopicFrame =>
    frame('delta', { bids: book.bids.slice(0, 1), asks: [] }, atMs);

  function greet(atMs: number): readonly TopicFrame[] {
    const snapshot = frame('snapshot', book, atMs);
    return depth > 1 && takesFault(faults, 'delta-first', topic)
      ? [harmless(atMs), snapshot]
      : [snapshot];
  }

  function publish(atMs: number): readonly TopicFrame[] {
    if (atMs < lookedAtMs + periodMs) {
      return [];
    }
    lookedAtMs = atMs;
    const next = bookAt(atMs, depth);
    const change = {
      bids: changes(book.bids, next.bids, -1),
      asks: changes(book.asks, next.asks, 1),
    };
    if (change.bids.length + change.asks.length === 0) {
      return depth === 1 && atMs >= sentAtMs + REPEAT_MS ? send('snapshot', book, atMs) : [];
    }
    book = next;
    bookMs = atMs;
    update += 1;
    if (takesFault(faults, 'restart-book', topic)) {
      update = 1;
      return send('snapshot', book, atMs);
    }
    if (depth === 1 || takesFault(faults, 're-snapshot', topic)) {
      return send('snapshot', book, atMs);
    }
    return takesFault(faults, 'sequence-gap', topic) ? [] : send('delta', change, atMs);
  }

  function send(
    type: 'snapshot' | 'delta',
    content: BybitBook,
    atMs: number,
  ): readonly TopicFrame[] {
    sentAtMs = atMs;
    return [frame(type, content, atMs)];
  }

  return { greet, publish };
}

/** The levels that differ, best first; a level that is gone has size `0`. */
function changes(
  before: readonly BybitLevel[],
  after: readonly BybitLevel[],
  direction: 1 | -1,
): readonly BybitLevel[] {
  const sizes = new Map(before);
  const changed = after.filter(([price, size]) => sizes.get(price) !== size);
  for (const [price] of after) {
    sizes.delete(price);
  }
  const gone = [...sizes.keys()].map((price): BybitLevel => [price, DELETED]);
  return [...changed, ...gone].sort((a, b) => direction * (Number(a[0]) - Number(b[0])));
}
