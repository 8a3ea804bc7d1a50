import { Histogram } from './histogram.js';

/**
 * What came of what was expected.
 * @typedef {object} Counts
 * @property {number} expected Messages published, of what each client has subscribed to.
 * @property {number} delivered Each message of each client once.
 * @property {number} lost
 * @property {number} clientsWithLoss
 * @property {number} missingNumbers How many numbers the clients' sequences jumped over.
 * @property {number} repeated Came again, or after a later one of the same instrument.
 * @property {import('./histogram.js').HistogramContents} latencies Microseconds.
 */

/**
 * Counts per client, and follows the numbers of each client's instruments. A client that misses
 * one message and gets another twice has lost one.
 */
export class Tally {
  #instrumentCount;
  #subscriptions;
  #counts;
  #lastSeqs;
  #latencies = new Histogram();
  #delivered = 0;
  #repeated = 0;
  #missingNumbers = 0;

  /**
   * @param {readonly (readonly number[])[]} subscriptions The instruments of each client.
   * @param {number} instrumentCount
   */
  constructor(subscriptions, instrumentCount) {
    this.#instrumentCount = instrumentCount;
    this.#subscriptions = subscriptions;
    this.#counts = new Float64Array(subscriptions.length);
    this.#lastSeqs = new Float64Array(subscriptions.length * instrumentCount);
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
    this.count(client, seq - this.lastSeq(client, instrument), latencyUs, 1);
    this.setSeq(client, instrument, seq);
  }

  /**
   * The same for messages whose numbers somebody else follows.
   * @param {number} client
   * @param {number} jump From the number before: 1 where none is missing, less where it is no news.
   * @param {number} latencyUs
   * @param {number} times How many such messages.
   */
  count(client, jump, latencyUs, times) {
    if (jump <= 0) {
      this.#repeated += times;
      return;
    }
    this.#missingNumbers += (jump - 1) * times;
    this.#counts[client] = (this.#counts[client] ?? 0) + times;
    this.#delivered += times;
    this.#latencies.add(latencyUs, times);
  }

  /**
   * The number of the newest message of an instrument that a client has had.
   * @param {number} client
   * @param {number} instrument
   */
  lastSeq(client, instrument) {
    return this.#lastSeqs[client * this.#instrumentCount + instrument] ?? 0;
  }

  /**
   * @param {number} client
   * @param {number} instrument
   * @param {number} seq
   */
  setSeq(client, instrument, seq) {
    if (seq > this.lastSeq(client, instrument)) {
      this.#lastSeqs[client * this.#instrumentCount + instrument] = seq;
    }
  }

  /** @param {readonly number[]} published How many messages of each instrument. */
  isComplete(published) {
    const expected = this.#expected(published).reduce((sum, count) => sum + count, 0);
    return this.#delivered >= expected;
  }

  /**
   * @param {readonly number[]} published How many messages of each instrument.
   * @returns {Counts}
   */
  summary(published) {
    const expected = this.#expected(published);
    const losses = expected.map((count, client) =>
      Math.max(0, count - (this.#counts[client] ?? 0)),
    );
    return {
      expected: expected.reduce((sum, count) => sum + count, 0),
      delivered: this.#delivered,
      lost: losses.reduce((sum, loss) => sum + loss, 0),
      clientsWithLoss: losses.filter((loss) => loss > 0).length,
      missingNumbers: this.#missingNumbers,
      repeated: this.#repeated,
      latencies: this.#latencies.contents(),
    };
  }

  /**
   * Of each client.
   * @param {readonly number[]} published
   */
  #expected(published) {
    return this.#subscriptions.map((instruments) =>
      instruments.reduce((sum, instrument) => sum + (published[instrument] ?? 0), 0),
    );
  }
}
