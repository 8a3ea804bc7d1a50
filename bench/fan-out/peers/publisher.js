/** Makes prices and publishes them, in the server's process or in one of its own. */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { machineMicros } from '../clock.js';
import { formatStamp } from '../stamp.js';

/**
 * A price as the contract's `price_updates` has it.
 * @typedef {object} PriceUpdate
 * @property {string} instrument
 * @property {{ bid: string, ask: string, mid: string, time: string }} price
 */

const PIP_RANGE = 9_000;

/** Makes prices of all pairs in turn, and publishes them at a pace. */
export class Publisher {
  #epochOffsetUs;
  #publish;
  #made = 0;

  /**
   * @param {number} epochOffsetUs Makes microseconds since 1970 of the machine's clock.
   * @param {(burst: readonly PriceUpdate[]) => void} publish
   */
  constructor(epochOffsetUs, publish) {
    this.#epochOffsetUs = epochOffsetUs;
    this.#publish = publish;
  }

  /**
   * Resolves when the last burst is published. A burst that is due while another is published
   * comes after it, in a turn of the event loop of its own; the latest such delay is returned.
   * @param {import('../phases.js').Plan} plan
   * @returns {Promise<import('../messages.js').Published>}
   */
  async run({ perBurst, burstsPerSecond, bursts }) {
    const counts = new Array(DEFAULT_TRACKED_PAIRS.length).fill(0);
    const periodMs = 1_000 / burstsPerSecond;
    const startedAtUs = machineMicros();
    let maxLateMs = 0;
    for (let burst = 0; burst < bursts; burst += 1) {
      const dueMs = startedAtUs / 1_000 + burst * periodMs;
      const waitMs = dueMs - machineMicros() / 1_000;
      // A timer takes a millisecond at least, which is more than there is between many bursts.
      await (waitMs > 0 ? delay(waitMs) : nextTurn());
      maxLateMs = Math.max(maxLateMs, machineMicros() / 1_000 - dueMs);
      this.#publish(this.#makeBurst(perBurst, counts));
    }
    return { counts, maxLateMs, startedAtUs };
  }

  /**
   * One stamp for the whole burst, because it happens at once: a message that waits for the sending
   * of those before it has waited.
   * @param {number} size
   * @param {number[]} counts
   */
  #makeBurst(size, counts) {
    const time = formatStamp(machineMicros() + this.#epochOffsetUs);
    return Array.from({ length: size }, () => this.#make(time, counts));
  }

  /**
   * @param {string} time
   * @param {number[]} counts
   * @returns {PriceUpdate}
   */
  #make(time, counts) {
    const place = this.#made % DEFAULT_TRACKED_PAIRS.length;
    const pips = this.#made % PIP_RANGE;
    this.#made += 1;
    counts[place] = (counts[place] ?? 0) + 1;
    return {
      instrument: DEFAULT_TRACKED_PAIRS[place] ?? '',
      price: { bid: toPrice(pips), ask: toPrice(pips + 2), mid: toPrice(pips + 1), time },
    };
  }
}

/** @param {number} pips */
function toPrice(pips) {
  return `1.0${String(pips).padStart(4, '0')}`;
}
