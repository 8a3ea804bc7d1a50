import { Buffer } from 'node:buffer';

const CAPACITY_BYTES = 1 << 24;
const CAPACITY_MESSAGES = 1 << 17;
/** How far back a message is looked for. */
const MAX_SEARCHED = 1 << 13;

/**
 * The prices that clients with the same subscriptions are sent are the same bytes in the same
 * order, so they are parsed once, for whichever client gets them first. What the others get is
 * compared with it, which costs next to nothing and proves as much: a load process that parsed
 * every message would be slower than the servers that it measures.
 *
 * Holds the newest bytes, and where in them which message ends. Places count from the beginning of
 * the process. What is taken in are whole frames.
 */
export class SharedStream {
  #bytes = Buffer.allocUnsafe(CAPACITY_BYTES);
  #start = 0;
  #end = 0;
  /** How many messages there have been, which is the number of the next. */
  #count = 0;
  #ends = new Float64Array(CAPACITY_MESSAGES);
  #stamps = new Float64Array(CAPACITY_MESSAGES);
  #seqs = new Float64Array(CAPACITY_MESSAGES);
  #jumps = new Int32Array(CAPACITY_MESSAGES);
  #instruments = new Uint8Array(CAPACITY_MESSAGES);
  #lastSeqs;

  /** @param {number} instrumentCount */
  constructor(instrumentCount) {
    this.#lastSeqs = new Float64Array(instrumentCount);
  }

  /** The place behind the last byte. */
  get end() {
    return this.#end;
  }

  get count() {
    return this.#count;
  }

  /**
   * Whether the bytes from a place on are there, and the messages from a number on.
   * @param {number} place
   * @param {number} message
   */
  holds(place, message) {
    return place >= this.#start && this.#count - message < CAPACITY_MESSAGES;
  }

  /**
   * Whether other bytes are the same as those from a place on; all of them must be there.
   * @param {number} place
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  matches(place, bytes, from, to) {
    const at = place - this.#start;
    return from === to || this.#bytes.compare(bytes, from, to, at, at + to - from) === 0;
  }

  /**
   * Takes in a frame that holds a price, and returns how far its number is from the one before.
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   * @param {{ instrument: number, seq: number, stampUs: number }} price
   */
  append(bytes, from, to, { instrument, seq, stampUs }) {
    if (this.#end - this.#start + to - from > CAPACITY_BYTES) {
      const kept = CAPACITY_BYTES / 2;
      this.#bytes.copyWithin(0, this.#end - this.#start - kept, this.#end - this.#start);
      this.#start = this.#end - kept;
    }
    bytes.copy(this.#bytes, this.#end - this.#start, from, to);
    this.#end += to - from;
    const last = this.#lastSeqs[instrument] ?? 0;
    this.#lastSeqs[instrument] = Math.max(last, seq);
    this.#push(instrument, seq, stampUs, seq - last);
    return seq - last;
  }

  /**
   * Begins anew behind a message.
   * @param {number} instrument
   * @param {(instrument: number) => number} lastSeq The newest number of each instrument.
   */
  seed(instrument, lastSeq) {
    for (const place of this.#lastSeqs.keys()) {
      this.#lastSeqs[place] = lastSeq(place);
    }
    // Nobody who stood at the end goes on from here.
    this.#end += 1;
    this.#start = this.#end;
    this.#push(instrument, lastSeq(instrument), 0, 1);
  }

  /**
   * Whether a message is newer than all of its instrument.
   * @param {number} instrument
   * @param {number} seq
   */
  isBehind(instrument, seq) {
    return seq > (this.#lastSeqs[instrument] ?? 0);
  }

  /**
   * Where a message ends; undefined where it is not there.
   * @param {number} instrument
   * @param {number} seq
   * @returns {{ message: number, end: number } | undefined}
   */
  find(instrument, seq) {
    const oldest = Math.max(0, this.#count - MAX_SEARCHED);
    for (let message = this.#count - 1; message >= oldest; message -= 1) {
      const slot = message % CAPACITY_MESSAGES;
      const end = this.#ends[slot] ?? 0;
      if (end < this.#start) {
        return undefined;
      }
      if (this.#instruments[slot] === instrument && this.#seqs[slot] === seq) {
        return { message, end };
      }
    }
    return undefined;
  }

  /**
   * Whether the numbers that were the newest behind a message are those that somebody else has.
   * @param {number} message
   * @param {(instrument: number) => number} lastSeq
   */
  agrees(message, lastSeq) {
    const seqs = Float64Array.from(this.#lastSeqs);
    for (let later = this.#count - 1; later > message; later -= 1) {
      const slot = later % CAPACITY_MESSAGES;
      seqs[this.#instruments[slot] ?? 0] = (this.#seqs[slot] ?? 0) - (this.#jumps[slot] ?? 0);
    }
    return seqs.every((seq, instrument) => seq === lastSeq(instrument));
  }

  /**
   * Visits runs of alike messages, from a number on, that end within a place; returns the number of
   * the next message and where it begins.
   * @param {number} first
   * @param {number} begin
   * @param {number} limit
   * @param {(jump: number, stampUs: number, times: number) => void} visit
   * @returns {{ message: number, end: number }}
   */
  advance(first, begin, limit, visit) {
    let message = first;
    let end = begin;
    let [jump, stampUs, times] = [0, 0, 0];
    while (message < this.#count) {
      const slot = message % CAPACITY_MESSAGES;
      const next = this.#ends[slot] ?? 0;
      if (next > limit) {
        break;
      }
      if (this.#stamps[slot] !== stampUs || this.#jumps[slot] !== jump) {
        if (times > 0) {
          visit(jump, stampUs, times);
        }
        jump = this.#jumps[slot] ?? 0;
        stampUs = this.#stamps[slot] ?? 0;
        times = 0;
      }
      times += 1;
      message += 1;
      end = next;
    }
    if (times > 0) {
      visit(jump, stampUs, times);
    }
    return { message, end };
  }

  /**
   * Visits messages by number, as far as they are still known.
   * @param {number} first
   * @param {number} end
   * @param {(instrument: number, seq: number) => void} visit
   */
  replay(first, end, visit) {
    const oldest = Math.max(first, this.#count - CAPACITY_MESSAGES);
    for (let message = oldest; message < end; message += 1) {
      const slot = message % CAPACITY_MESSAGES;
      visit(this.#instruments[slot] ?? 0, this.#seqs[slot] ?? 0);
    }
  }

  /**
   * @param {number} instrument
   * @param {number} seq
   * @param {number} stampUs
   * @param {number} jump
   */
  #push(instrument, seq, stampUs, jump) {
    const slot = this.#count % CAPACITY_MESSAGES;
    this.#ends[slot] = this.#end;
    this.#stamps[slot] = stampUs;
    this.#seqs[slot] = seq;
    this.#jumps[slot] = jump;
    this.#instruments[slot] = instrument;
    this.#count += 1;
  }
}
