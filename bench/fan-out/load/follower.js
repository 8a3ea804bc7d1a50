import { Buffer } from 'node:buffer';
import { microsSince, readStamp } from '../stamp.js';
import { OPCODE_TEXT, scanFrames } from './frames.js';

const EMPTY = Buffer.alloc(0);

/**
 * What the followers of a load process share.
 * @typedef {object} Shared
 * @property {import('./price-reader.js').PriceReader} reader
 * @property {import('./tally.js').Tally} tally
 * @property {import('./shared-stream.js').SharedStream | undefined} stream
 *   Undefined where each client has subscriptions of its own.
 * @property {() => number} now Microseconds since 1970 by the clock that makes the stamps.
 */

/**
 * Takes in what one subscribed client is sent. It is either attached to the shared stream, and then
 * compares, or parses frame by frame: at first, and when something comes between that is for this
 * client alone.
 */
export class Follower {
  #client;
  #shared;
  #onOther;
  /** The bytes of a frame that is not whole yet. */
  #rest = EMPTY;
  #isAttached = false;
  /** Where in the stream the client stands: the number of its next message, where it begins. */
  #message = 0;
  #place = 0;
  /** The first message since it was attached. */
  #attachedAt = 0;
  #nowUs = 0;
  #frameStart = 0;
  #lastInstrument = -1;
  /** @type {(opcode: number, bytes: Buffer, from: number, to: number) => void} */
  #onFrame;
  /** @type {(jump: number, stampUs: number, times: number) => void} */
  #onRun;

  /**
   * @param {number} client
   * @param {Shared} shared
   * @param {(opcode: number, bytes: Buffer, from: number, to: number) => void} onOther
   *   Called with what is no price.
   */
  constructor(client, shared, onOther) {
    this.#client = client;
    this.#shared = shared;
    this.#onOther = onOther;
    this.#onFrame = (opcode, bytes, from, to) => {
      this.#take(opcode, bytes, from, to);
    };
    this.#onRun = (jump, stampUs, times) => {
      shared.tally.count(client, jump, microsSince(stampUs, this.#nowUs), times);
    };
  }

  /**
   * Takes in what was read; the bytes may be overwritten afterwards.
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  receive(bytes, from, to) {
    this.#nowUs = this.#shared.now();
    const rest = this.#rest;
    const taken = this.#isAttached ? this.#compare(bytes, from, to) : 0;
    if (taken === rest.length + to - from) {
      this.#rest = EMPTY;
    } else if (taken >= rest.length) {
      this.#parse(bytes, from + taken - rest.length, to);
    } else {
      const joined = Buffer.concat([rest, bytes.subarray(from, to)]);
      this.#parse(joined, taken, joined.length);
    }
  }

  /**
   * Compares what is known already, counts it, and returns how many of the bytes, those of the rest
   * included, hold whole messages of the stream. What differs detaches the client.
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  #compare(bytes, from, to) {
    const { stream } = this.#shared;
    const rest = this.#rest;
    if (stream?.holds(this.#place, this.#message) !== true) {
      this.#detach();
      return 0;
    }
    const known = Math.min(rest.length + to - from, stream.end - this.#place);
    const inRest = Math.min(rest.length, known);
    if (
      !stream.matches(this.#place, rest, 0, inRest) ||
      !stream.matches(this.#place + inRest, bytes, from, from + known - inRest)
    ) {
      this.#detach();
      return 0;
    }
    const start = this.#place;
    const limit = start + known;
    const { message, end } = stream.advance(this.#message, start, limit, this.#onRun);
    this.#message = message;
    this.#place = end;
    return end - start;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  #parse(bytes, from, to) {
    this.#frameStart = from;
    const end = scanFrames(bytes, from, to, this.#onFrame);
    // A copy: the bytes are about to be overwritten.
    this.#rest = end === to ? EMPTY : Buffer.from(bytes.subarray(end, to));
    if (!this.#isAttached) {
      this.#attach();
    }
  }

  /**
   * @param {number} opcode
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  #take(opcode, bytes, from, to) {
    const { reader, tally, stream } = this.#shared;
    const start = this.#frameStart;
    this.#frameStart = to;
    if (opcode !== OPCODE_TEXT || !reader.read(bytes, from, to)) {
      this.#onOther(opcode, bytes, from, to);
      return;
    }
    const { instrument, seq, stampAt } = reader;
    const stampUs = readStamp(bytes, stampAt);
    if (this.#isAttached && stream !== undefined && stream.end !== this.#place) {
      // Something for this client alone stood before what is known already.
      this.#detach();
    }
    if (this.#isAttached && stream !== undefined) {
      const jump = stream.append(bytes, start, to, { instrument, seq, stampUs });
      this.#onRun(jump, stampUs, 1);
      this.#place = stream.end;
      this.#message = stream.count;
    } else {
      tally.note(this.#client, instrument, seq, microsSince(stampUs, this.#nowUs));
      this.#lastInstrument = instrument;
    }
  }

  /**
   * Finds the client's place in the stream, if what it has had is what the stream has had; who is
   * ahead begins the stream anew.
   */
  #attach() {
    const { stream, tally } = this.#shared;
    const instrument = this.#lastInstrument;
    if (stream === undefined || instrument === -1) {
      return;
    }
    /** @param {number} each */
    const lastSeq = (each) => tally.lastSeq(this.#client, each);
    const seq = lastSeq(instrument);
    if (stream.isBehind(instrument, seq)) {
      stream.seed(instrument, lastSeq);
    }
    const found = stream.find(instrument, seq);
    if (found !== undefined && stream.agrees(found.message, lastSeq)) {
      this.#isAttached = true;
      this.#place = found.end;
      this.#message = found.message + 1;
      this.#attachedAt = this.#message;
    }
  }

  #detach() {
    const { stream, tally } = this.#shared;
    this.#isAttached = false;
    stream?.replay(this.#attachedAt, this.#message, (instrument, seq) => {
      tally.setSeq(this.#client, instrument, seq);
      this.#lastInstrument = instrument;
    });
  }
}
