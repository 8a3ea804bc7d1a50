/**
 * Prints the candles of one symbol as they close: copy this file, `npm install ws`, and subclass
 * {@link CandleClient}. It uses `ws` because Node.js has a WebSocket of its own from 22 on only.
 *
 *   node crypto-client.js [--url ws://localhost:8000] [--symbol BTCUSDT] [--timeframe 1]
 *                         [--all] [--count N]
 */
import { realpathSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

/** @import { LiveCandle, LiveConfirmation, LiveError, LiveMessage } from '@tickwire/protocol' */

const DEFAULT_URL = 'ws://localhost:8000';
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_CAP_MS = 30_000;
/** A connection that lived so long was a good one: the next backoff begins anew. */
const SETTLED_MS = 2_000;
/** Two heartbeats are 60 s. */
const SILENT_AFTER_MS = 70_000;
const RETRY_AFTER_JITTER = 0.2;

/** What to do after a close code (PROTOCOL.md); after any other one, come back with a backoff. */
const RULES = new Map([
  [1001, 'later'],
  [4008, 'recover'],
  [4400, 'never'],
  [4401, 'never'],
  [4429, 'later'],
]);

/**
 * Follows one candle. Every `on…` method is there to be overridden. After a lost connection the
 * client comes back by itself when the close code says so; a confirmation and a snapshot then come
 * first again. Prices are decimal strings.
 */
export class CandleClient {
  #url;
  #silentAfterMs;
  /** @type {WebSocket | undefined} */
  #socket;
  #attempt = 0;
  /** @type {number | undefined} */
  #liveSince;
  /** @type {LiveError | undefined} */
  #refusal;
  /** @type {NodeJS.Timeout | undefined} */
  #retry;

  /**
   * @param {{ url?: string, symbol: string, timeframe: string, silentAfterMs?: number }} options
   */
  constructor({ url = DEFAULT_URL, symbol, timeframe, silentAfterMs = SILENT_AFTER_MS }) {
    this.#url = `${url}/api/v1/live/ws/candles/${encodeURIComponent(symbol)}/${timeframe}`;
    this.#silentAfterMs = silentAfterMs;
  }

  /** Throws a SyntaxError if the address is none of a WebSocket server. */
  connect() {
    this.#refusal = undefined;
    this.#liveSince = undefined;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    let trouble = '';
    const silence = setTimeout(() => {
      trouble = 'the server is silent';
      socket.terminate();
    }, this.#silentAfterMs);
    socket.on('message', (data) => {
      silence.refresh();
      if (this.#socket === socket) {
        this.#receive(JSON.parse(String(data)));
      }
    });
    socket.on('error', ({ message }) => {
      trouble = message;
    });
    socket.on('close', (code) => {
      clearTimeout(silence);
      if (this.#socket === socket) {
        this.#lose(code, trouble);
      }
    });
  }

  disconnect() {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  /** @param {LiveConfirmation} confirmation */
  onSubscribed({ message }) {
    console.log(message);
  }

  /** @param {readonly LiveCandle[]} candles */
  onSnapshot(candles) {
    const last = candles.at(-1);
    console.log(`Snapshot of ${candles.length} candles, the last: ${last && formatCandle(last)}`);
  }

  /** @param {LiveCandle} candle */
  onCandle(candle) {
    console.log(formatCandle(candle));
  }

  /**
   * @param {string} why
   * @param {number} delayMs
   */
  onLost(why, delayMs) {
    console.error(`Lost: ${why}; coming back in ${(delayMs / 1_000).toFixed(1)} s`);
  }

  /**
   * The server will not have this request, now or later.
   * @param {string} why
   */
  onRefused(why) {
    console.error(`Error: ${why}`);
  }

  /** @param {LiveMessage} message */
  #receive(message) {
    if ('success' in message) {
      this.#liveSince = performance.now();
      this.onSubscribed(message);
    } else if (message.type === 'snapshot' && message.subscription === 'candles') {
      this.onSnapshot(message.candles);
    } else if (message.type === 'update' && message.subscription === 'candles') {
      this.onCandle(message.candle);
    } else if (message.type === 'error') {
      this.#refusal = message;
    }
  }

  /**
   * @param {number} code
   * @param {string} trouble
   */
  #lose(code, trouble) {
    const { error_code: name, error_message: message } = this.#refusal ?? {};
    const why = name ? `${name} (${code}): ${message}` : trouble || `closed with ${code}`;
    if (this.#liveSince !== undefined && performance.now() - this.#liveSince >= SETTLED_MS) {
      this.#attempt = 0;
    }
    const delayMs = this.#retryDelayMs(code);
    if (delayMs === undefined) {
      this.onRefused(why);
      return;
    }
    this.#attempt += 1;
    this.#retry = setTimeout(() => this.connect(), delayMs);
    this.onLost(why, delayMs);
  }

  /**
   * Undefined: never. Jittered, so that not all clients are back at the same moment.
   * @param {number} code
   */
  #retryDelayMs(code) {
    const rule = RULES.get(code);
    const retryAfter = this.#refusal?.retry_after;
    if (rule === 'never') {
      return undefined;
    }
    if (rule === 'later' && retryAfter) {
      return retryAfter * 1_000 * (1 + Math.random() * RETRY_AFTER_JITTER);
    }
    if (rule === 'recover' && this.#attempt === 0) {
      return 0;
    }
    return Math.random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#attempt);
  }
}

/**
 * A candle in one line, its start in UTC.
 * @param {LiveCandle} candle
 */
function formatCandle({ start, open, high, low, close, volume, confirm, revision }) {
  const time = new Date(start).toISOString().slice(0, 16).replace('T', ' ');
  const phase = !confirm ? ' forming' : revision === undefined ? '' : ' corrected';
  return `${time} O ${open} H ${high} L ${low} C ${close} V ${volume}${phase}`;
}

/**
 * What the command line does: prints closed candles, or all, and ends after so many.
 * @typedef {ConstructorParameters<typeof CandleClient>[0]} ClientOptions
 */
class CandlePrinter extends CandleClient {
  #isAll;
  #left;

  /** @param {ClientOptions & { all: boolean, count: number }} options */
  constructor({ all, count, ...options }) {
    super(options);
    this.#isAll = all;
    this.#left = count;
  }

  /**
   * @override
   * @param {LiveCandle} candle
   */
  onCandle(candle) {
    if (!this.#isAll && !candle.confirm) {
      return;
    }
    super.onCandle(candle);
    this.#left -= 1;
    if (this.#left === 0) {
      this.disconnect();
    }
  }

  /**
   * @override
   * @param {string} why
   */
  onRefused(why) {
    super.onRefused(why);
    process.exitCode = 1;
  }
}

function main() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: DEFAULT_URL },
      symbol: { type: 'string', default: 'BTCUSDT' },
      timeframe: { type: 'string', default: '1' },
      all: { type: 'boolean', default: false },
      count: { type: 'string', default: '0' },
    },
  });
  const client = new CandlePrinter({ ...values, count: Number(values.count) });
  try {
    client.connect();
  } catch (error) {
    console.error(`Error: ${String(error)}`);
    process.exitCode = 1;
    return;
  }
  process.once('SIGINT', () => {
    client.disconnect();
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main();
}
