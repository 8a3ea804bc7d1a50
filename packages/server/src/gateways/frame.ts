import { deflateMessage } from './deflate.ts';

/** The only frame of a text message (RFC 6455, 5.2), and the bit that says "compressed". */
const FINAL_TEXT = 0x81;
const COMPRESSED = 0x40;

const MAX_7_BIT_LENGTH = 125;
const MAX_16_BIT_LENGTH = 65_535;
const USE_16_BITS = 126;
const USE_64_BITS = 127;

/**
 * Below this, next to nothing is gained, and every client would pay for the inflation: measured, a
 * heartbeat of 59 bytes becomes 61, and a message of 150 loses 20 to 40.
 */
const MIN_COMPRESSED_BYTES = 128;

/**
 * A text message as the finished bytes that go to any number of clients. Each form is made when it
 * is first wanted. Frames of a server are not masked, so they are the same for everybody.
 */
export class TextFrame {
  readonly #payload: Buffer;
  #plain: Buffer | undefined;
  #compressed: Buffer | undefined;

  constructor(text: string) {
    this.#payload = Buffer.from(text);
  }

  get plain(): Buffer {
    this.#plain ??= encode(FINAL_TEXT, this.#payload);
    return this.#plain;
  }

  /** For clients that agreed on compression; the plain form where compressing gains nothing. */
  get compressed(): Buffer {
    this.#compressed ??= this.#compress();
    return this.#compressed;
  }

  #compress(): Buffer {
    if (this.#payload.length < MIN_COMPRESSED_BYTES) {
      return this.plain;
    }
    const compressed = deflateMessage(this.#payload);
    return compressed.length < this.#payload.length
      ? encode(FINAL_TEXT | COMPRESSED, compressed)
      : this.plain;
  }
}

/** One buffer with header and payload, so that a client costs one write. */
function encode(firstByte: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length <= MAX_7_BIT_LENGTH) {
    return Buffer.concat([Buffer.of(firstByte, length), payload]);
  }
  if (length <= MAX_16_BIT_LENGTH) {
    const header = Buffer.of(firstByte, USE_16_BITS, 0, 0);
    header.writeUInt16BE(length, 2);
    return Buffer.concat([header, payload]);
  }
  const header = Buffer.alloc(10);
  header[0] = firstByte;
  header[1] = USE_64_BITS;
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}
