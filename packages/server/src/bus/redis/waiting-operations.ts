import { channelOf, channelsOf, parseChannel } from '@tickwire/protocol';
import { mergeBookChanges } from '../../domain/order-book.ts';
import type { Operation } from './operation.ts';

/** From so many on, what is replaced by something newer does not wait. */
const CONFLATES_FROM = 20_000;
/** What nothing replaces, at most. */
const MAX_WAITING = 200_000;

interface Waiting {
  operation: Operation;
}

/**
 * What waits to be published. Of more than a few seconds' worth, a price, a ticker, a candle that is
 * not over or a change of a book takes the place of the one before it, if that is the last of its
 * channel; all else waits in order. Of more than can be kept the oldest are dropped and counted, and
 * in their place it is said that something of their channels is missing.
 */
export class WaitingOperations {
  readonly #conflatesFrom: number;
  readonly #maxWaiting: number;
  #waiting: Waiting[] = [];
  /** The newest of each channel. */
  readonly #last = new Map<string, Waiting>();
  #dropped = 0;

  constructor({ conflatesFrom = CONFLATES_FROM, maxWaiting = MAX_WAITING } = {}) {
    this.#conflatesFrom = conflatesFrom;
    this.#maxWaiting = maxWaiting;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** How many were dropped that nothing newer stands for. */
  get dropped(): number {
    return this.#dropped;
  }

  push(operation: Operation): void {
    const channel = channelOfOperation(operation);
    const last = this.#last.get(channel);
    const isMuch = this.#waiting.length >= this.#conflatesFrom;
    const both = last && conflate(last.operation, operation, isMuch);
    if (last !== undefined && both !== undefined) {
      last.operation = both;
      return;
    }
    const waiting = { operation };
    this.#waiting.push(waiting);
    this.#last.set(channel, waiting);
    if (this.#waiting.length > this.#maxWaiting) {
      this.#dropOldest();
    }
  }

  /** Takes the oldest, at most so many, for as long as there is room. */
  take(count: number, hasRoom: (next: Operation) => boolean = () => true): readonly Operation[] {
    const end = this.#waiting.findIndex(
      ({ operation }, index) => index === count || !hasRoom(operation),
    );
    const taken = this.#waiting.splice(0, end === -1 ? Infinity : end);
    for (const waiting of taken) {
      const channel = channelOfOperation(waiting.operation);
      if (this.#last.get(channel) === waiting) {
        this.#last.delete(channel);
      }
    }
    return taken.map(({ operation }) => operation);
  }

  /** Half of them at once, because moving what is left costs as much as it is long. */
  #dropOldest(): void {
    const dropped = this.take(Math.ceil(this.#maxWaiting / 2));
    this.#dropped += dropped.filter(({ kind }) => kind === 'event').length;
    const channels = new Set(dropped.flatMap(channelsOfOperation));
    const marks = [...channels].flatMap(markMissing).map((operation) => ({ operation }));
    this.#waiting = [...marks, ...this.#waiting];
  }
}

/** Numbers have no hole where something was never numbered: those who come back must know it. */
function markMissing(channel: string): readonly Operation[] {
  const mark = { kind: 'break', channel } as const;
  switch (parseChannel(channel)?.kind) {
    case 'orderbook':
      // What was made of its changes is wrong, and is made anew of the whole.
      return [mark, { kind: 'forget', channel }, { kind: 'ask', channel }];
    case 'candles':
      return [mark, { kind: 'ask', channel }];
    default:
      return [mark];
  }
}

function channelsOfOperation(operation: Operation): readonly string[] {
  return operation.kind === 'event' ? channelsOf(operation.event) : [channelOfOperation(operation)];
}

function channelOfOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'event':
      return channelOf(operation.event);
    case 'begin':
      return operation.start.channel;
    default:
      return operation.channel;
  }
}

/** One that stands for both; undefined where there is none. */
function conflate(before: Operation, after: Operation, isMuch: boolean): Operation | undefined {
  // Each of several processes may ask for the same, which is long.
  if (before.kind === after.kind && (after.kind === 'begin' || after.kind === 'ask')) {
    return after;
  }
  if (!isMuch || before.kind !== 'event' || after.kind !== 'event') {
    return undefined;
  }
  const [old, event] = [before.event, after.event];
  if (old.type === 'orderBook' && event.type === 'orderBook') {
    return { ...after, event: mergeBookChanges(old, event) };
  }
  const isNewerPrice = event.type === 'quote' || event.type === 'ticker';
  const isSameCandle =
    old.type === 'candle' &&
    event.type === 'candle' &&
    !old.isConfirmed &&
    old.start === event.start;
  return isNewerPrice || isSameCandle ? after : undefined;
}
