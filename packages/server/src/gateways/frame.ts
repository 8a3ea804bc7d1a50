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
  readonly text: string;
  #plain: Buffer | undefined;
  #compressed: Buffer | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get plain(): Buffer {
    this.#plain ??= encodeText(this.text);
    return this.#plain;
  }

  /** For clients that agreed on compression; the plain form where compressing gains nothing. */
  get compressed(): Buffer {
    this.#compressed ??= this.#compress();
    return this.#compressed;
  }

  #compress(): Buffer {
    const { plain } = this;
    const payload = plain.subarray(headerLengthOf(plain));
    if (payload.length < MIN_COMPRESSED_BYTES) {
      return plain;
    }
    const compressed = deflateMessage(payload);
    if (compressed.length >= payload.length) {
      return plain;
    }
    const frame = allocate(FINAL_TEXT | COMPRESSED, compressed.length);
    frame.set(compressed, frame.length - compressed.length);
    return frame;
  }
}

/** One buffer with header and payload, so that a client costs one write. */
function encodeText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = allocate(FINAL_TEXT, length);
  frame.write(text, frame.length - length);
  return frame;
}

/** A frame with its header, and room for the payload behind it. */
function allocate(firstByte: number, length: number): Buffer {
  if (length <= MAX_7_BIT_LENGTH) {
    const frame = Buffer.allocUnsafe(2 + length);
    frame[0] = firstByte;
    frame[1] = length;
    return frame;
  }
  if (length <= MAX_16_BIT_LENGTH) {
    const frame = Buffer.allocUnsafe(4 + length);
    frame[0] = firstByte;
    frame[1] = USE_16_BITS;
    frame.writeUInt16BE(length, 2);
    return frame;
  }
  const frame = Buffer.allocUnsafe(10 + length);
  frame[0] = firstByte;
  frame[1] = USE_64_BITS;
  frame.writeBigUInt64BE(BigInt(length), 2);
  return frame;
}

function headerLengthOf(frame: Buffer): number {
  switch (frame[1]) {
    case USE_16_BITS:
      return 4;
    case USE_64_BITS:
      return 10;
    default:
      return 2;
  }
}
