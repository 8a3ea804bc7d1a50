import { Histogram } from './histogram.js';

/**
 * What came of what was expected.
 * @typedef {object} Summary
 * @property {number} expected Messages published × clients.
 * @property {number} delivered Each message of each client once.
 * @property {number} lost
 * @property {number} clientsWithLoss
 * @property {number} missingNumbers How many numbers the clients' sequences jumped over.
 * @property {number} repeated Came again, or after a later one of the same instrument.
 * @property {number} p50Us
 * @property {number} p99Us
 * @property {number} maxUs
 */

/**
 * Counts per client, and follows the numbers of each client's instruments. A client that misses
 * one message and gets another twice has lost one.
 */
export class Tally {
  #instrumentCount;
  #counts;
  #lastSeqs;
  #latencies = new Histogram();
  #delivered = 0;
  #repeated = 0;
  #missingNumbers = 0;

  /**
   * @param {number} clientCount
   * @param {number} instrumentCount
   */
  constructor(clientCount, instrumentCount) {
    this.#instrumentCount = instrumentCount;
    this.#counts = new Float64Array(clientCount);
    this.#lastSeqs = new Float64Array(clientCount * instrumentCount);
  }

  /** Counts from zero; where each sequence stood is kept. */
  begin() {
    this.#counts.fill(0);
    this.#latencies.clear();
    this.#delivered = 0;
    this.#repeated = 0;
    this.#missingNumbers = 0;
  }

  /**
   * @param {number} client
   * @param {number} instrument
   * @param {number} seq The message's number among those of its instrument, from 1.
   * @param {number} latencyUs
   */
  note(client, instrument, seq, latencyUs) {
    const place = client * this.#instrumentCount + instrument;
    const last = this.#lastSeqs[place] ?? 0;
    if (seq <= last) {
      this.#repeated += 1;
      return;
    }
    this.#lastSeqs[place] = seq;
    this.#missingNumbers += seq - last - 1;
    this.#counts[client] = (this.#counts[client] ?? 0) + 1;
    this.#delivered += 1;
    this.#latencies.add(latencyUs);
  }

  /** @param {number} expectedPerClient */
  isComplete(expectedPerClient) {
    return this.#delivered >= expectedPerClient * this.#counts.length;
  }

  /**
   * @param {number} expectedPerClient
   * @returns {Summary}
   */
  summary(expectedPerClient) {
    const losses = Array.from(this.#counts, (count) => Math.max(0, expectedPerClient - count));
    return {
      expected: expectedPerClient * this.#counts.length,
      delivered: this.#delivered,
      lost: losses.reduce((sum, loss) => sum + loss, 0),
      clientsWithLoss: losses.filter((loss) => loss > 0).length,
      missingNumbers: this.#missingNumbers,
      repeated: this.#repeated,
      p50Us: this.#latencies.quantile(0.5),
      p99Us: this.#latencies.quantile(0.99),
      maxUs: this.#latencies.max,
    };
  }
}
