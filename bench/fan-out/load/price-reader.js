import { Buffer } from 'node:buffer';

const TIME_MARK = Buffer.from('"time":"');
const SEQ_MARK = Buffer.from('"seq":');
const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);

/**
 * Finds instrument, number and stamp in the payload of a price without parsing it: stamp and number
 * lie where they lay the last time; where they do not, they are searched for.
 */
export class PriceReader {
  /** The instrument's place in the list. */
  instrument = 0;
  /** The message's number in its channel; 0 where it has none. */
  seq = 0;
  /** Where the stamp begins. */
  stampAt = 0;
  #time = { mark: TIME_MARK, offset: 0 };
  #seq = { mark: SEQ_MARK, offset: 0 };
  #nameAt;
  #markAt;
  #mark;
  /** @type {Map<number, number>} */
  #places;

  /**
   * @param {Pick<import('../wires.js').Wire, 'prefix' | 'markAt'>} wire
   * @param {readonly string[]} instruments Names of three and three letters.
   */
  constructor({ prefix, markAt }, instruments) {
    this.#nameAt = prefix.length;
    this.#markAt = markAt;
    this.#mark = prefix.charCodeAt(markAt);
    this.#places = new Map(
      instruments.map((name, place) => [nameKey(Buffer.from(name), 0), place]),
    );
  }

  /**
   * Reads a payload into the fields; false for what is no price of a known instrument.
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  read(bytes, from, to) {
    if (bytes[from + this.#markAt] !== this.#mark) {
      return false;
    }
    const place = this.#places.get(nameKey(bytes, from + this.#nameAt));
    const stampAt = find(this.#time, bytes, from, to);
    if (place === undefined || stampAt === undefined) {
      return false;
    }
    const seqAt = find(this.#seq, bytes, from, to);
    this.instrument = place;
    this.stampAt = stampAt;
    this.seq = seqAt === undefined ? 0 : readNumber(bytes, seqAt);
    return true;
  }
}

/**
 * What comes after a mark; where it was found is tried first the next time.
 * @param {{ mark: Buffer, offset: number }} sought
 * @param {Buffer} bytes
 * @param {number} from
 * @param {number} to
 */
function find(sought, bytes, from, to) {
  const { mark } = sought;
  const at = from + sought.offset;
  let length = 0;
  while (length < mark.length && bytes[at + length] === mark[length]) {
    length += 1;
  }
  if (length === mark.length && at + length <= to) {
    return at + length;
  }
  const found = bytes.indexOf(mark, from);
  if (found === -1 || found + mark.length > to) {
    return undefined;
  }
  sought.offset = found - from;
  return found + mark.length;
}

/**
 * Six letters of five bits each.
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function nameKey(bytes, at) {
  return (
    ((bytes[at] ?? 0) & 31) |
    (((bytes[at + 1] ?? 0) & 31) << 5) |
    (((bytes[at + 2] ?? 0) & 31) << 10) |
    (((bytes[at + 4] ?? 0) & 31) << 15) |
    (((bytes[at + 5] ?? 0) & 31) << 20) |
    (((bytes[at + 6] ?? 0) & 31) << 25)
  );
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function readNumber(bytes, start) {
  let value = 0;
  for (let at = start; isDigit(bytes[at]); at += 1) {
    value = value * 10 + (bytes[at] ?? ZERO) - ZERO;
  }
  return value;
}

/** @param {number | undefined} byte */
function isDigit(byte) {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
