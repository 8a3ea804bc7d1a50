import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { OPCODE_CLOSE, OPCODE_PING, OPCODE_TEXT, clientFrame, scanFrames } from './frames.js';

const OPCODE_PONG = 10;
const HEAD_END = '\r\n\r\n';
const ENGINE_PONG = clientFrame('3');
const ENGINE_PING = '2'.charCodeAt(0);
const EMPTY = Buffer.alloc(0);

/**
 * One buffer for the reads of all clients: a read and its callback happen without anything in
 * between, so that it is free again before the next.
 */
const SHARED_READ_BUFFER = Buffer.allocUnsafe(1 << 18);

/**
 * A client over a raw WebSocket. It goes from `upgrading` (HTTP) over `subscribing`, whose steps
 * its wire has, to `ready`, and to `closed` from anywhere.
 */
export class Client {
  #state = 'upgrading';
  #rest = EMPTY;
  #port;
  #wire;
  #steps;
  #events;
  #step = 0;
  /** @type {import('node:net').Socket | undefined} */
  #socket;
  /** @type {(opcode: number, bytes: Buffer, from: number, to: number) => void} */
  #onFrame;

  /**
   * @param {number} port
   * @param {import('../wires.js').Wire} wire
   * @param {readonly string[]} pairs
   * @param {object} events
   * @param {() => void} events.onReady The subscription is confirmed.
   * @param {(bytes: Buffer, from: number, to: number) => void} events.onBytes
   *   What came since then; the bytes are valid during the call.
   * @param {(reason: string) => void} events.onClosed Called once, not after `close`.
   */
  constructor(port, wire, pairs, events) {
    this.#port = port;
    this.#wire = wire;
    this.#steps = wire.steps(pairs);
    this.#events = events;
    this.#onFrame = (opcode, bytes, from, to) => {
      if (this.#state === 'ready') {
        // Behind the confirmation, in the same read: the frame's header belongs to it.
        this.#events.onBytes(bytes, this.#frameStart, to);
      } else {
        this.answer(opcode, bytes, from, to);
      }
      this.#frameStart = to;
    };
  }

  #frameStart = 0;

  open() {
    const socket = connect({
      host: '127.0.0.1',
      port: this.#port,
      noDelay: true,
      onread: {
        buffer: SHARED_READ_BUFFER,
        callback: (length) => {
          this.#read(SHARED_READ_BUFFER, length);
          return true;
        },
      },
    });
    this.#socket = socket;
    socket.once('connect', () => {
      socket.write(
        `GET ${this.#wire.path} HTTP/1.1\r\n` +
          `Host: 127.0.0.1:${this.#port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
    });
    socket.once('error', (error) => {
      this.#fail(error.message);
    });
    socket.once('end', () => {
      this.#fail('the server ended the connection');
    });
    socket.once('close', () => {
      this.#fail('the connection was closed');
    });
  }

  close() {
    this.#state = 'closed';
    this.#socket?.destroy();
  }

  /**
   * Does what a frame that holds no price asks for.
   * @param {number} opcode
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  answer(opcode, bytes, from, to) {
    if (opcode === OPCODE_TEXT) {
      if (to - from === 1 && bytes[from] === ENGINE_PING) {
        this.#socket?.write(ENGINE_PONG);
      } else if (this.#state === 'subscribing') {
        this.#proceed(bytes.toString('utf8', from, to));
      }
    } else if (opcode === OPCODE_PING) {
      this.#socket?.write(clientFrame(bytes.toString('latin1', from, to), OPCODE_PONG));
    } else if (opcode === OPCODE_CLOSE) {
      const code = to - from < 2 ? 'none' : bytes.readUInt16BE(from);
      this.#fail(`the server closed with code ${code}`);
    }
  }

  /**
   * @param {Buffer} chunk
   * @param {number} length
   */
  #read(chunk, length) {
    if (this.#state === 'ready') {
      this.#events.onBytes(chunk, 0, length);
      return;
    }
    const bytes = Buffer.concat([this.#rest, chunk.subarray(0, length)]);
    let start = 0;
    if (this.#state === 'upgrading') {
      const headEnd = bytes.indexOf(HEAD_END);
      if (headEnd === -1) {
        this.#rest = bytes;
        return;
      }
      if (bytes.toString('latin1', 9, 12) !== '101') {
        this.#fail(`the upgrade was answered with ${bytes.toString('latin1', 0, 100)}`);
        return;
      }
      this.#state = 'subscribing';
      this.#say();
      start = headEnd + HEAD_END.length;
    }
    this.#frameStart = start;
    const end = scanFrames(bytes, start, bytes.length, this.#onFrame);
    this.#rest = bytes.subarray(end);
    if (this.#isReady() && this.#rest.length > 0) {
      this.#events.onBytes(this.#rest, 0, this.#rest.length);
    }
  }

  /** A method, because the state changes while frames are read. */
  #isReady() {
    return this.#state === 'ready';
  }

  #say() {
    const says = this.#steps[this.#step]?.says;
    if (says !== undefined) {
      this.#socket?.write(clientFrame(says));
    }
  }

  /** @param {string} text */
  #proceed(text) {
    if (text.startsWith(this.#wire.refusal)) {
      this.#fail(`the server refused with ${text.slice(0, 100)}`);
    } else if (text.startsWith(this.#steps[this.#step]?.awaits ?? '')) {
      this.#step += 1;
      if (this.#step === this.#steps.length) {
        this.#state = 'ready';
        this.#events.onReady();
      } else {
        this.#say();
      }
    }
  }

  /** @param {string} reason */
  #fail(reason) {
    if (this.#state !== 'closed') {
      this.close();
      this.#events.onClosed(reason);
    }
  }
}
