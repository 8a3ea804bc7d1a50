import { Buffer } from 'node:buffer';

const NAME_START = '42["price_update",{"instrument":"'.length;
/** In `42["price_update"`: tells it from the other events, together with a known name. */
const UPDATE_AT = 10;
const UPDATE_BYTE = 'u'.charCodeAt(0);
const TIME_MARK = '"time":"';
const SEQ_MARK = '"seq":';
const QUOTE = '"'.charCodeAt(0);
const LETTER_T = 't'.charCodeAt(0);
const LETTER_Q = 'q'.charCodeAt(0);
const COLON = ':'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);

/**
 * Finds instrument, number and stamp in the payload of a `price_update` without parsing it: the
 * stamp lies where it lay the last time, and the number at the end. Where they do not, they are
 * searched for.
 */
export class PriceReader {
  /** The instrument's place in the list. */
  instrument = 0;
  /** The message's number in its channel; 0 where it has none. */
  seq = 0;
  /** Where the stamp begins. */
  stampAt = 0;
  #timeOffset = 0;
  /** @type {Map<number, number>} */
  #places;

  /** @param {readonly string[]} instruments Names of three and three letters. */
  constructor(instruments) {
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
    if (bytes[from + UPDATE_AT] !== UPDATE_BYTE) {
      return false;
    }
    const place = this.#places.get(nameKey(bytes, from + NAME_START));
    const stampAt = this.#findStamp(bytes, from, to);
    if (place === undefined || stampAt === undefined) {
      return false;
    }
    this.instrument = place;
    this.stampAt = stampAt;
    this.seq = readSeq(bytes, from, to);
    return true;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  #findStamp(bytes, from, to) {
    const at = from + this.#timeOffset;
    if (bytes[at] === QUOTE && bytes[at + 1] === LETTER_T && bytes[at + 5] === QUOTE) {
      return at + TIME_MARK.length;
    }
    const found = bytes.indexOf(TIME_MARK, from, 'latin1');
    if (found === -1 || found >= to) {
      return undefined;
    }
    this.#timeOffset = found - from;
    return found + TIME_MARK.length;
  }
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
 * @param {Buffer} bytes
 * @param {number} from
 * @param {number} to
 */
function readSeq(bytes, from, to) {
  // Behind the number there are the ends of the object and of the event: `}]`.
  let seq = 0;
  let scale = 1;
  let at = to - 3;
  for (; isDigit(bytes[at]); at -= 1) {
    seq += ((bytes[at] ?? ZERO) - ZERO) * scale;
    scale *= 10;
  }
  if (bytes[at] === COLON && bytes[at - 2] === LETTER_Q) {
    return seq;
  }
  const found = bytes.indexOf(SEQ_MARK, from, 'latin1');
  return found === -1 || found >= to ? 0 : readNumber(bytes, found + SEQ_MARK.length);
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
