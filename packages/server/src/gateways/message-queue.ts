import type { ChannelMessage } from './channel-message.ts';

/** A message that waits for one client. */
export interface QueuedMessage {
  readonly message: ChannelMessage;
  /** Never to be replaced: part of what the client missed. */
  readonly isKept: boolean;
  /** Called when it is handed to the connection. */
  readonly onSent: (() => void) | undefined;
}

interface Entry {
  queued: QueuedMessage;
  bytes: number;
}

/** Room for what tells how many messages one stands for. */
const CONFLATED_BYTES = 20;

/**
 * Messages that wait for one client, oldest first. A message that may be conflated is replaced, in
 * its place, by a newer one of its channel as long as nothing else of the channel waits behind it.
 */
export class MessageQueue {
  #entries: Entry[] = [];
  #first = 0;
  /** The newest of each channel. */
  readonly #newest = new Map<string, Entry>();
  #bytes = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** What its messages will take on the wire, uncompressed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a message, and returns whether it took the place of another one. */
  push(queued: QueuedMessage): boolean {
    const { message, isKept } = queued;
    const newest = this.#newest.get(message.channel);
    if (newest !== undefined && !isKept && isReplaceable(newest.queued, message)) {
      const merged = newest.queued.message.replacedBy(message);
      this.#bytes -= newest.bytes;
      newest.queued = { ...queued, message: merged };
      newest.bytes = bytesOf(merged, message);
      this.#bytes += newest.bytes;
      return true;
    }
    const entry = { queued, bytes: message.frame.plain.length };
    this.#entries.push(entry);
    this.#newest.set(message.channel, entry);
    this.#bytes += entry.bytes;
    return false;
  }

  /** Takes the oldest messages: one, and more as long as all together have no more bytes than this. */
  take(maxBytes: number): readonly QueuedMessage[] {
    const taken: QueuedMessage[] = [];
    let bytes = 0;
    for (;;) {
      const entry = this.#entries[this.#first];
      if (entry === undefined || (taken.length > 0 && bytes + entry.bytes > maxBytes)) {
        break;
      }
      this.#first += 1;
      bytes += entry.bytes;
      taken.push(entry.queued);
      const { channel } = entry.queued.message;
      if (this.#newest.get(channel) === entry) {
        this.#newest.delete(channel);
      }
    }
    this.#bytes -= bytes;
    this.#compact();
    return taken;
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
    this.#newest.clear();
    this.#bytes = 0;
  }

  /** Gives the memory of what was taken back, once it is worth it. */
  #compact(): void {
    if (this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}

function isReplaceable({ message, isKept }: QueuedMessage, newer: ChannelMessage): boolean {
  return !isKept && message.isConflatable && newer.isConflatable;
}

/** A book that was merged has other levels than the newer message; anything else only says more. */
function bytesOf(merged: ChannelMessage, newer: ChannelMessage): number {
  return merged.envelope === newer.envelope
    ? newer.frame.plain.length + CONFLATED_BYTES
    : merged.frame.plain.length;
}
