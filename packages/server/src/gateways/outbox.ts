import { Batch } from './batch.ts';
import type { FanOutCounters } from './fan-out-counters.ts';
import type { TextFrame } from './frame.ts';
import { MessageQueue, type QueuedMessage } from './message-queue.ts';
import type { Outlet } from './outlet.ts';
import type { TurnEnd } from './turn-end.ts';

/** What all outboxes share. */
export interface OutboxOptions {
  /** How many bytes may wait for one client, in its outbox and its connection together. */
  readonly maxWaitingBytes: number;
  readonly counters: FanOutCounters;
  readonly turnEnd: TurnEnd;
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed: () => number;
}

/** How much is written at once of what waits: the rest can still be conflated. */
const DRAIN_BYTES = 32_768;
/** How long an answer does not count against the client that asked for it. */
const ANSWER_GRACE_MS = 10_000;

/**
 * What waits to be written to one client.
 *
 * clear: whatever comes is written at once. behind: the connection has not taken what was written
 * before; messages wait here, where newer ones may take their place, until it has. closed: nothing
 * is sent any more; the client has gone, or was too slow.
 */
export class Outbox {
  readonly outlet: Outlet;
  readonly #options: OutboxOptions;
  readonly #onSlow: (waitingBytes: number) => void;
  #queue: MessageQueue | undefined;
  /** Bytes of answers that may wait on top of the limit, and until when. */
  #allowance = 0;
  #allowedUntil = 0;
  #isAwaiting = false;
  #isPosted = false;
  #isClosed = false;

  /** `onSlow` MUST end the client: from then on nothing is sent to it. */
  constructor(outlet: Outlet, options: OutboxOptions, onSlow: (waitingBytes: number) => void) {
    this.outlet = outlet;
    this.#options = options;
    this.#onSlow = onSlow;
  }

  get waitingBytes(): number {
    return (this.#queue?.bytes ?? 0) + this.outlet.waitingBytes;
  }

  /** Whether more waits than may, answers that the client could not have read yet apart. */
  get isSlow(): boolean {
    const { maxWaitingBytes, elapsed } = this.#options;
    const waiting = this.waitingBytes;
    if (waiting <= maxWaitingBytes) {
      return false;
    }
    return waiting > maxWaitingBytes + (elapsed() < this.#allowedUntil ? this.#allowance : 0);
  }

  /** Sends what was collected for many. */
  flush(batch: Batch): void {
    const { outlet } = this;
    if (this.#isClosed) {
      return;
    }
    if (this.#queue !== undefined) {
      this.#drain();
    }
    if (this.#queue === undefined && outlet.isClear) {
      this.#write(batch);
      return;
    }
    for (const message of batch.messages) {
      this.#push({ message, isKept: !outlet.isDirect, onSent: undefined });
    }
    this.#drain();
  }

  /** Sends a message to this client alone, at the end of the turn. */
  post(queued: QueuedMessage): void {
    this.#push(queued);
    if (!this.#isPosted) {
      this.#isPosted = true;
      this.#options.turnEnd.run(() => {
        this.#isPosted = false;
        this.#drain();
      });
    }
  }

  /** Writes all that waits here, so that what the library writes next comes behind it. */
  commit(): void {
    const queue = this.#queue;
    if (queue !== undefined) {
      this.#forgetQueue();
      this.#append(queue.take(Infinity));
    }
  }

  /** Sends what is no message of a channel, behind all that waits. */
  send(frame: TextFrame): void {
    this.commit();
    if (this.outlet.isOpen) {
      this.outlet.append([frame]);
      this.refuseIfSlow();
    }
  }

  /** Ends the client where more waits for it than may, and returns whether it did. */
  refuseIfSlow(): boolean {
    if (this.#isClosed || !this.isSlow) {
      return false;
    }
    const { counters } = this.#options;
    const waiting = this.waitingBytes;
    counters.slowCloses += 1;
    counters.dropped += this.#queue?.length ?? 0;
    this.close();
    this.#onSlow(waiting);
    return true;
  }

  /**
   * Runs what writes an answer, which does not count against the client until it had the time to
   * read it. MUST NOT be used for an answer while an earlier one may wait.
   */
  answer(write: () => void): void {
    this.commit();
    const { outlet } = this;
    const before = outlet.waitingBytes;
    const isFresh = before === 0 || this.#options.elapsed() >= this.#allowedUntil;
    write();
    const added = Math.max(0, outlet.waitingBytes - before);
    this.#allowance = added + (isFresh ? 0 : this.#allowance);
    this.#allowedUntil = this.#options.elapsed() + ANSWER_GRACE_MS;
  }

  /** Drops what waits; nothing is sent any more. */
  close(): void {
    this.#isClosed = true;
    this.#forgetQueue();
  }

  #push(queued: QueuedMessage): void {
    if (this.#isClosed || !this.outlet.isOpen) {
      return;
    }
    if (this.#queue === undefined) {
      this.#queue = new MessageQueue();
      this.#options.counters.waiting.add(this);
    }
    if (this.#queue.push(queued)) {
      this.#options.counters.conflated += 1;
    }
  }

  /** Writes as much as the connection takes, and comes back for the rest. */
  #drain(): void {
    const { outlet } = this;
    if (this.#isClosed || !outlet.isOpen) {
      this.#forgetQueue();
      return;
    }
    if (!outlet.isDirect) {
      this.commit();
    }
    while (this.#queue !== undefined && outlet.isClear) {
      const taken = this.#queue.take(DRAIN_BYTES);
      if (this.#queue.length === 0) {
        this.#forgetQueue();
      }
      this.#write(new Batch(taken.map(({ message }) => message)));
      tell(taken);
    }
    if (!this.refuseIfSlow() && this.#queue !== undefined && !this.#isAwaiting) {
      this.#isAwaiting = true;
      outlet.onceClear(() => {
        this.#isAwaiting = false;
        this.#drain();
      });
    }
  }

  #write(batch: Batch): void {
    const { outlet } = this;
    const { counters } = this.#options;
    const bytes = batch.bytes(outlet.isCompressed);
    outlet.write(bytes);
    counters.writes += 1;
    counters.bytes += bytes.length;
    counters.deliveries += batch.messages.length;
  }

  #append(queued: readonly QueuedMessage[]): void {
    const { outlet } = this;
    if (queued.length === 0 || !outlet.isOpen) {
      return;
    }
    if (outlet.isClear) {
      this.#write(new Batch(queued.map(({ message }) => message)));
    } else {
      const { counters } = this.#options;
      const frames = queued.map(({ message }) => message.frame);
      outlet.append(frames);
      counters.writes += 1;
      counters.bytes += frames.reduce((bytes, { plain }) => bytes + plain.length, 0);
      counters.deliveries += frames.length;
    }
    tell(queued);
  }

  #forgetQueue(): void {
    this.#queue = undefined;
    this.#options.counters.waiting.delete(this);
  }
}

function tell(sent: readonly QueuedMessage[]): void {
  for (const { onSent } of sent) {
    onSent?.();
  }
}
