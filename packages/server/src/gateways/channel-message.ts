import { conflate, isConflatable } from '../domain/conflation.ts';
import type { Envelope } from '../ports/bus.ts';
import { TextFrame } from './frame.ts';

/** How messages of channels are written for one kind of clients. */
export interface WireFormat {
  /** Its text. `count` is how many messages it stands for, itself included. */
  write(message: ChannelMessage): string;
}

/** What a client is told of `count` messages: nothing of itself alone. */
export interface Conflated {
  readonly conflated?: number;
}

/**
 * A message of a channel for all clients of one format: written once, when it is first wanted. It
 * may stand for messages before it that nobody needs any more.
 */
export class ChannelMessage {
  readonly channel: string;
  readonly seq: number;
  readonly envelope: Envelope;
  /** How many messages it stands for, itself included. */
  readonly count: number;
  /** Whether a newer message of the channel may take its place while it waits. */
  readonly isConflatable: boolean;
  readonly #format: WireFormat;
  #frame: TextFrame | undefined;

  constructor(format: WireFormat, channel: string, seq: number, envelope: Envelope, count = 1) {
    this.channel = channel;
    this.seq = seq;
    this.envelope = envelope;
    this.count = count;
    this.isConflatable = isConflatable(envelope.event);
    this.#format = format;
  }

  get frame(): TextFrame {
    this.#frame ??= new TextFrame(this.#format.write(this));
    return this.#frame;
  }

  /** What to put beside the number: nothing for a message that stands for itself alone. */
  get conflated(): Conflated {
    return this.count === 1 ? {} : { conflated: this.count };
  }

  /** The message that stands for this one and the one of its channel that follows it. */
  replacedBy(newer: ChannelMessage): ChannelMessage {
    const { channel, seq, envelope } = newer;
    const event = conflate(this.envelope.event, envelope.event);
    return new ChannelMessage(
      this.#format,
      channel,
      seq,
      event === envelope.event ? envelope : { ...envelope, event },
      this.count + newer.count,
    );
  }
}
