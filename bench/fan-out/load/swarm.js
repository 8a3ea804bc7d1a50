import { machineMicros } from '../clock.js';
import { WIRES } from '../wires.js';
import { Client } from './client.js';
import { Follower } from './follower.js';
import { choosePlaces } from './own-pairs.js';
import { PriceReader } from './price-reader.js';
import { SharedStream } from './shared-stream.js';
import { Tally } from './tally.js';

/** The clients of a load process, and what they were sent. */
export class Swarm {
  #options;
  #pairs;
  #wire;
  /** @type {readonly (readonly number[])[]} The instruments of each client. */
  #subscriptions;
  #shared;
  /** Those that have to be connected. */
  #missing;
  #isConnecting = false;
  /** Bytes with their frames, when the newest came, and how many connections have ended. */
  traffic = { bytes: 0, lastAtUs: 0, closedClients: 0 };

  /**
   * @param {import('../messages.js').ConnectOptions} options
   * @param {readonly string[]} pairs All that there are.
   */
  constructor(options, pairs) {
    const { wire, clients, firstClient, epochOffsetUs } = options;
    this.#options = options;
    this.#pairs = pairs;
    this.#wire = WIRES[wire];
    this.#subscriptions = Array.from({ length: clients }, (_, client) =>
      choosePlaces(firstClient + client, options.pairs, pairs.length),
    );
    const isShared = options.pairs === pairs.length;
    this.#shared = {
      reader: new PriceReader(this.#wire, pairs),
      tally: new Tally(this.#subscriptions, pairs.length),
      stream: isShared ? new SharedStream(pairs.length) : undefined,
      now: () => machineMicros() + epochOffsetUs,
    };
    this.#missing = Array.from({ length: clients }, (_, client) => client);
  }

  get tally() {
    return this.#shared.tally;
  }

  /** Counts from zero. */
  begin() {
    this.tally.begin();
    this.traffic = { bytes: 0, lastAtUs: 0, closedClients: 0 };
  }

  /**
   * Connects all that are not, and resolves with how many; rejects when one is refused or lost
   * before all are there.
   * @returns {Promise<number>}
   */
  connect() {
    const missing = this.#missing;
    this.#missing = [];
    if (missing.length === 0) {
      return Promise.resolve(0);
    }
    this.#isConnecting = true;
    return new Promise((resolve, reject) => {
      const waiting = missing.values();
      let ready = 0;
      const openNext = () => {
        const { value: client, done } = waiting.next();
        if (done !== true) {
          this.#open(client, onReady, onClosed);
        }
      };
      const onReady = () => {
        ready += 1;
        openNext();
        if (ready === missing.length) {
          this.#isConnecting = false;
          resolve(missing.length);
        }
      };
      /** @type {(client: number, reason: string) => void} */
      const onClosed = (client, reason) => {
        this.#missing.push(client);
        this.traffic.closedClients += 1;
        if (this.#isConnecting) {
          reject(new Error(`Client ${client + 1} of ${this.#subscriptions.length}: ${reason}`));
        }
      };
      for (let place = 0; place < this.#options.atOnce; place += 1) {
        openNext();
      }
    });
  }

  /**
   * @param {number} index
   * @param {() => void} onReady
   * @param {(client: number, reason: string) => void} onClosed
   */
  #open(index, onReady, onClosed) {
    const pairs = (this.#subscriptions[index] ?? []).map((place) => this.#pairs[place] ?? '');
    const follower = new Follower(index, this.#shared, (opcode, bytes, from, to) => {
      client.answer(opcode, bytes, from, to);
    });
    const client = new Client(this.#options.port, this.#wire, pairs, {
      onReady,
      onBytes: (bytes, from, to) => {
        this.traffic.bytes += to - from;
        this.traffic.lastAtUs = machineMicros();
        follower.receive(bytes, from, to);
      },
      onClosed: (reason) => {
        onClosed(index, reason);
      },
    });
    client.open();
  }
}
