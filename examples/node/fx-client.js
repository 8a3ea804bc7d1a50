/**
 * A client of the FX price server: copy this folder, `npm install socket.io-client`, and subclass
 * {@link FXDataPipelineClient}.
 *
 *   node fx-client.js [http://localhost:5001] [EUR_USD GBP_USD … | '*']
 */
import { realpathSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { FXEventHandlers } from './fx-event-handlers.js';

/**
 * @import * as Wire from '@tickwire/protocol'
 * @import { ManagerOptions, Socket, SocketOptions } from 'socket.io-client'
 * @typedef {Record<string, (...args: unknown[]) => void>} ClientEvents
 * @typedef {Wire.SubscriptionConfirmed | Wire.SubscriptionError} SubscribeAnswer
 * @typedef {Wire.VolatilityAlertMessage | Wire.CorrelationAlertMessage} Alert
 */

const DEFAULT_URL = 'http://localhost:5001';
const DEFAULT_PAIRS = ['EUR_USD', 'GBP_USD', 'USD_JPY'];
const MAX_ALERTS = 100;
const MAX_RETRY_MS = 5_000;

/**
 * Follows prices and alerts. Every `on…` method handles the server's event of that name and is
 * there to be overridden; what the client remembers is up to date before it is called. After a
 * lost connection the client comes back by itself and subscribes again.
 *
 * @example
 * class Printer extends FXDataPipelineClient {
 *   onPriceUpdate({ instrument, price }) {
 *     console.log(instrument, price.mid);
 *   }
 * }
 * const client = new Printer('http://localhost:5001');
 * client.subscribe(['EUR_USD']);
 * client.connect();
 */
export class FXDataPipelineClient extends FXEventHandlers {
  /**
   * The newest price of each instrument: decimal strings, as the venue sent them.
   * @type {Map<string, Wire.PriceFields>}
   */
  prices = new Map();
  /**
   * The newest alerts, oldest first.
   * @type {Alert[]}
   */
  alerts = [];
  /**
   * What the server follows, known once it has welcomed this client.
   * @type {readonly string[]}
   */
  trackedPairs = [];

  /**
   * What to subscribe to after a lost connection; `*` stands for all pairs.
   * @type {Set<string>}
   */
  #wanted = new Set();
  /** @type {number[]} */
  #pingsSentAt = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {number} */
  #refusedRetryMs;
  /** @type {Socket<Wire.ServerEvents, ClientEvents>} */
  #socket;

  /**
   * Connects to nothing yet.
   * @param {string} url
   * @param {Partial<ManagerOptions & SocketOptions>} [options] socket.io-client's options
   */
  constructor(url = DEFAULT_URL, options = {}) {
    super();
    this.#refusedRetryMs = options.reconnectionDelayMax ?? MAX_RETRY_MS;
    this.#socket = io(url, { ...options, autoConnect: false });
    this.#listen();
  }

  get isConnected() {
    return this.#socket.connected;
  }

  /** Begins to connect, and to try again for as long as the server cannot be reached. */
  connect() {
    this.#socket.connect();
  }

  /** Ends the connection; {@link connect} begins anew, with the same subscriptions. */
  disconnect() {
    clearTimeout(this.#retry);
    this.#socket.disconnect();
  }

  /**
   * Follows more pairs; the server takes all of a request or, if one is unknown, none. Without a
   * connection the request is made as soon as there is one.
   * @param {string | readonly string[]} pairs names such as `EUR_USD`, or `*` for all
   */
  subscribe(pairs) {
    const added = namesOf(pairs).filter((name) => !this.#wanted.has(name));
    added.forEach((name) => this.#wanted.add(name));
    if (this.isConnected) {
      this.#requestSubscription(namesOf(pairs), () => {
        added.forEach((name) => this.#wanted.delete(name));
      });
    }
  }

  /** @param {string | readonly string[]} pairs names such as `EUR_USD`, or `*` for all */
  unsubscribe(pairs) {
    const names = namesOf(pairs);
    if (names.includes('*')) {
      this.#wanted.clear();
    } else if (this.#wanted.delete('*')) {
      this.trackedPairs.forEach((name) => this.#wanted.add(name));
    }
    names.forEach((name) => this.#wanted.delete(name));
    if (this.isConnected) {
      this.#socket.emit('unsubscribe', { pairs: names.includes('*') ? '*' : names });
    }
  }

  /** Answered by {@link onSubscriptionsInfo}. */
  getSubscriptions() {
    this.#socket.emit('get_subscriptions');
  }

  /**
   * Answered by {@link onPriceResponse} or {@link onPriceError}.
   * @param {string} instrument
   */
  requestPrice(instrument) {
    this.#socket.emit('request_price', { instrument });
  }

  /** Answered by {@link onAllPricesResponse} or {@link onPriceError}. */
  requestAllPrices() {
    this.#socket.emit('request_all_prices');
  }

  /** Answered by {@link onServerStats} or {@link onServerError}. */
  getServerStats() {
    this.#socket.emit('get_server_stats');
  }

  /** Measures the way to the server and back, for {@link onPong}; needs a connection. */
  ping() {
    if (this.isConnected) {
      this.#pingsSentAt.push(performance.now());
      this.#socket.emit('ping');
    }
  }

  /** Prints the newest price of every instrument. */
  printPrices() {
    for (const [instrument, { bid, ask, mid, time }] of [...this.prices].sort()) {
      const columns = [bid, ask, mid].map((price) => price.padStart(11)).join('');
      console.log(`${instrument.padEnd(8)}${columns}  ${time}`);
    }
  }

  #listen() {
    const socket = this.#socket;
    socket.on('connect', () => {
      this.#requestWanted();
      this.onConnect();
    });
    socket.on('disconnect', (reason) => {
      this.#pingsSentAt = [];
      this.onDisconnect(reason);
      if (reason === 'io server disconnect') {
        this.#retryLater();
      }
    });
    socket.on('connect_error', (error) => {
      this.onError({ error: 'Cannot connect', message: error.message });
      if (!socket.active) {
        this.#retryLater();
      }
    });
    socket.on('connection_established', (data) => {
      this.trackedPairs = data.tracked_pairs;
      this.onConnectionEstablished(data);
    });
    socket.on('price_update', (data) => {
      this.prices.set(data.instrument, data.price);
      this.onPriceUpdate(data);
    });
    socket.on('price_response', (data) => {
      this.prices.set(data.instrument, data.price);
      this.onPriceResponse(data);
    });
    socket.on('all_prices_response', (data) => {
      Object.entries(data.prices).forEach(([name, price]) => this.prices.set(name, price));
      this.onAllPricesResponse(data);
    });
    socket.on('volatility_alert', (data) => {
      this.#remember(data);
      this.onVolatilityAlert(data);
    });
    socket.on('correlation_alert', (data) => {
      this.#remember(data);
      this.onCorrelationAlert(data);
    });
    // The server answers in the order of the requests.
    socket.on('pong', (data) => {
      this.onPong(data, performance.now() - (this.#pingsSentAt.shift() ?? Number.NaN));
    });
    // Answers about channels, which this client does not ask for, have no pairs.
    socket.on('subscription_confirmed', (data) => {
      if ('pairs' in data) this.onSubscriptionConfirmed(data);
    });
    socket.on('subscription_error', (data) => {
      if ('valid_pairs' in data) this.onSubscriptionError(data);
    });
    socket.on('unsubscription_confirmed', (data) => {
      if ('pairs' in data) this.onUnsubscriptionConfirmed(data);
    });
    socket.on('unsubscription_error', (data) => this.onUnsubscriptionError(data));
    socket.on('subscriptions_info', (data) => this.onSubscriptionsInfo(data));
    socket.on('price_error', (data) => this.onPriceError(data));
    socket.on('data_ready', (data) => this.onDataReady(data));
    socket.on('server_stats', (data) => this.onServerStats(data));
    socket.on('server_error', (data) => this.onServerError(data));
  }

  /** A name that the server does not know must not cost the others their subscription. */
  #requestWanted() {
    if (this.#wanted.size > 0) {
      this.#requestSubscription([...this.#wanted], ({ valid_pairs }) => {
        const unknown = [...this.#wanted].filter((name) => !valid_pairs.includes(name));
        unknown.forEach((name) => this.#wanted.delete(name));
        if (unknown.length > 0) {
          this.#requestWanted();
        }
      });
    }
  }

  /**
   * @param {readonly string[]} names
   * @param {(error: Wire.SubscriptionError) => void} onRefused
   */
  #requestSubscription(names, onRefused) {
    const pairs = names.includes('*') ? '*' : names;
    this.#socket.emit('subscribe', { pairs }, (/** @type {SubscribeAnswer} */ answer) => {
      if ('error' in answer) {
        onRefused(answer);
      }
    });
  }

  /** @param {Alert} alert */
  #remember(alert) {
    this.alerts.push(alert);
    this.alerts.splice(0, this.alerts.length - MAX_ALERTS);
  }

  /** After a refusal, such as "Max clients reached", the library does not try again by itself. */
  #retryLater() {
    this.#retry = setTimeout(() => this.connect(), this.#refusedRetryMs);
  }
}

/** @param {string | readonly string[]} pairs */
function namesOf(pairs) {
  return [pairs].flat().map((name) => name.toUpperCase());
}

function main() {
  const [first, ...others] = process.argv.slice(2);
  const hasUrl = first?.includes('://') ?? false;
  const pairs = hasUrl || first === undefined ? others : [first, ...others];
  const client = new FXDataPipelineClient(hasUrl ? first : DEFAULT_URL);
  client.subscribe(pairs.length === 0 ? DEFAULT_PAIRS : pairs);
  client.connect();
  process.once('SIGINT', () => {
    client.disconnect();
    client.printPrices();
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main();
}
