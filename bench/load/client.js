import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { OPCODE_CLOSE, OPCODE_PING, OPCODE_TEXT, clientFrame, scanFrames } from './frames.js';

const OPCODE_PONG = 10;
const HEAD_END = '\r\n\r\n';
const CONFIRMED = '42["subscription_confirmed"';
const CONNECT_NAMESPACE = clientFrame('40');
const SUBSCRIBE_ALL = clientFrame('42["subscribe",{"pairs":"*"}]');
const ENGINE_PONG = clientFrame('3');
const ENGINE_PING = '2'.charCodeAt(0);
const EMPTY = Buffer.alloc(0);

/**
 * One buffer for the reads of all clients: a read and its callback happen without anything in
 * between, so that it is free again before the next.
 */
const SHARED_READ_BUFFER = Buffer.allocUnsafe(1 << 18);

/**
 * A Socket.IO client over a raw WebSocket. It goes from `upgrading` (HTTP) over `opening`
 * (Engine.IO), `joining` (namespace) and `subscribing` to `ready`, and to `closed` from anywhere.
 */
export class Client {
  #state = 'upgrading';
  #rest = EMPTY;
  #port;
  #events;
  /** @type {import('node:net').Socket | undefined} */
  #socket;
  /** @type {(opcode: number, bytes: Buffer, from: number, to: number) => void} */
  #onFrame;

  /**
   * @param {number} port
   * @param {object} events
   * @param {() => void} events.onReady The subscription is confirmed.
   * @param {(bytes: Buffer, from: number, to: number) => void} events.onMessage
   *   A text message since then; its bytes are valid during the call.
   * @param {(reason: string) => void} events.onClosed Called once, not after `close`.
   */
  constructor(port, events) {
    this.#port = port;
    this.#events = events;
    this.#onFrame = (opcode, bytes, from, to) => {
      this.#receive(opcode, bytes, from, to);
    };
  }

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
        'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n' +
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
   * @param {Buffer} chunk
   * @param {number} length
   */
  #read(chunk, length) {
    const isContinued = this.#rest.length > 0;
    const bytes = isContinued ? Buffer.concat([this.#rest, chunk.subarray(0, length)]) : chunk;
    const end = this.#rest.length + length;
    let start = 0;
    if (this.#state === 'upgrading') {
      const headEnd = bytes.subarray(0, end).indexOf(HEAD_END);
      if (headEnd !== -1 && bytes.toString('latin1', 9, 12) !== '101') {
        this.#fail(`the upgrade was answered with ${bytes.toString('latin1', 0, 100)}`);
        return;
      }
      if (headEnd !== -1) {
        this.#state = 'opening';
        start = headEnd + HEAD_END.length;
      }
    }
    if (this.#state !== 'upgrading') {
      start = scanFrames(bytes, start, end, this.#onFrame);
    }
    // A copy: the shared buffer is about to be overwritten.
    this.#rest = start === end ? EMPTY : Buffer.from(bytes.subarray(start, end));
  }

  /**
   * @param {number} opcode
   * @param {Buffer} bytes
   * @param {number} from
   * @param {number} to
   */
  #receive(opcode, bytes, from, to) {
    if (opcode === OPCODE_TEXT) {
      if (to - from === 1 && bytes[from] === ENGINE_PING) {
        this.#socket?.write(ENGINE_PONG);
      } else if (this.#state === 'ready') {
        this.#events.onMessage(bytes, from, to);
      } else {
        this.#proceed(bytes.toString('utf8', from, to));
      }
    } else if (opcode === OPCODE_PING) {
      this.#socket?.write(clientFrame(bytes.toString('latin1', from, to), OPCODE_PONG));
    } else if (opcode === OPCODE_CLOSE) {
      const code = to - from < 2 ? 'none' : bytes.readUInt16BE(from);
      this.#fail(`the server closed with code ${code}`);
    }
  }

  /** @param {string} text */
  #proceed(text) {
    if (this.#state === 'opening' && text.startsWith('0')) {
      this.#state = 'joining';
      this.#socket?.write(CONNECT_NAMESPACE);
    } else if (this.#state === 'joining' && text.startsWith('40')) {
      this.#state = 'subscribing';
      this.#socket?.write(SUBSCRIBE_ALL);
    } else if (this.#state === 'joining') {
      this.#fail(`the server refused the namespace with ${text.slice(0, 100)}`);
    } else if (this.#state === 'subscribing' && text.startsWith(CONFIRMED)) {
      this.#state = 'ready';
      this.#events.onReady();
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
