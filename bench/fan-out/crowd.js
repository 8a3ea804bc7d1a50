import { fileURLToPath } from 'node:url';
import { Child, NOTHING } from '../child.js';
import { mergeCollected } from './collected.js';

/** More at once would measure the queue for `accept`, fewer the way there and back. */
const MAX_CONNECTING = 64;
/** More would take the memory bandwidth of what is measured. */
const MAX_PROCESSES = 4;
const LOAD_SCRIPT = fileURLToPath(new URL('load/main.js', import.meta.url));

/** @typedef {Child<import('./messages.js').LoadMethods>} LoadProcess */

/** All clients of a round, in one process on each core that the server leaves. */
export class Crowd {
  /** @type {readonly LoadProcess[]} */
  #processes;

  /** @param {import('../machine.js').Cores} cores */
  constructor({ loads }) {
    const cores = loads.length === 0 ? [undefined] : loads.slice(-MAX_PROCESSES);
    this.#processes = cores.map((core) => new Child(LOAD_SCRIPT, { core }));
  }

  /**
   * Resolves when every client has its subscription confirmed; rejects when one cannot.
   * @param {Omit<import('./messages.js').ConnectOptions, 'firstClient' | 'atOnce'>} options
   * @returns {Promise<import('./messages.js').Connected>}
   */
  async connect(options) {
    const { clients } = options;
    const processes = this.#processes.slice(0, clients);
    this.#processes.slice(clients).forEach((process) => void process.close());
    this.#processes = processes;
    /** @param {number} place */
    const firstOf = (place) => Math.floor((clients * place) / processes.length);
    const connected = await Promise.all(
      processes.map((process, place) =>
        process.call('connect', {
          ...options,
          clients: firstOf(place + 1) - firstOf(place),
          firstClient: firstOf(place),
          atOnce: Math.ceil(MAX_CONNECTING / processes.length),
        }),
      ),
    );
    return {
      seconds: Math.max(...connected.map(({ seconds }) => seconds)),
      busy: Math.max(...connected.map(({ busy }) => busy)),
    };
  }

  /** Connects those again that were closed. */
  async reconnect() {
    await Promise.all(this.#processes.map((process) => process.call('reconnect', NOTHING)));
  }

  /** Counts from zero. */
  async begin() {
    await Promise.all(this.#processes.map((process) => process.call('begin', NOTHING)));
  }

  /**
   * Resolves when all that was published is there, or the time is over.
   * @param {readonly number[]} published How many messages of each instrument.
   * @param {number} graceMs
   */
  async collect(published, graceMs) {
    const parts = this.#processes.map((process) => process.call('collect', { published, graceMs }));
    return mergeCollected(await Promise.all(parts));
  }

  async close() {
    await Promise.all(this.#processes.map((process) => process.close()));
  }
}
