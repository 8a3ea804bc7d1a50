import type { ChannelMessage } from './channel-message.ts';

/** Messages that go to many clients in one write each: joined once for all of them. */
export class Batch {
  readonly messages: readonly ChannelMessage[];
  #plain: Buffer | undefined;
  #compressed: Buffer | undefined;

  constructor(messages: readonly ChannelMessage[]) {
    this.messages = messages;
  }

  /** Their frames, one after another. */
  bytes(isCompressed: boolean): Buffer {
    if (isCompressed) {
      this.#compressed ??= join(this.messages.map(({ frame }) => frame.compressed));
      return this.#compressed;
    }
    this.#plain ??= join(this.messages.map(({ frame }) => frame.plain));
    return this.#plain;
  }

  /** Those that are left without the first. */
  without(count: number): Batch {
    return count === 0 ? this : new Batch(this.messages.slice(count));
  }
}

function join(frames: readonly Buffer[]): Buffer {
  const [first] = frames;
  return frames.length === 1 && first !== undefined ? first : Buffer.concat(frames);
}
