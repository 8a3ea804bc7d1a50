/**
 * The publisher of both peers. It runs inside the server's process, so that no bus lies between
 * the stamp and the server; what it costs is part of both peers' processor time.
 */
import { setTimeout as delay } from 'node:timers/promises';
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
   * @param {(message: PriceUpdate) => void} publish
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
    const periodMs = 1_000 / burstsPerSecond;
    const startMs = machineMicros() / 1_000;
    let maxLateMs = 0;
    for (let burst = 0; burst < bursts; burst += 1) {
      const dueMs = startMs + burst * periodMs;
      await delay(Math.max(0, dueMs - machineMicros() / 1_000));
      maxLateMs = Math.max(maxLateMs, machineMicros() / 1_000 - dueMs);
      for (const message of this.#makeBurst(perBurst)) {
        this.#publish(message);
      }
    }
    return { published: bursts * perBurst, maxLateMs };
  }

  /**
   * One stamp for the whole burst, because it happens at once: a message that waits for the sending
   * of those before it has waited.
   * @param {number} size
   */
  #makeBurst(size) {
    const time = formatStamp(machineMicros() + this.#epochOffsetUs);
    return Array.from({ length: size }, () => this.#make(time));
  }

  /**
   * @param {string} time
   * @returns {PriceUpdate}
   */
  #make(time) {
    const pairs = DEFAULT_TRACKED_PAIRS;
    const instrument = pairs[this.#made % pairs.length] ?? '';
    const pips = this.#made % PIP_RANGE;
    this.#made += 1;
    return {
      instrument,
      price: { bid: toPrice(pips), ask: toPrice(pips + 2), mid: toPrice(pips + 1), time },
    };
  }
}

/** @param {number} pips */
function toPrice(pips) {
  return `1.0${String(pips).padStart(4, '0')}`;
}
