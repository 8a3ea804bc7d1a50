const SUB_BITS = 6;
const SUB_BUCKETS = 1 << SUB_BITS;
const OCTAVES = 27;

/**
 * @typedef {object} HistogramContents
 * @property {[bucket: number, count: number][]} buckets Those that are not empty.
 * @property {number} max
 */

/**
 * Counts microseconds up to an hour in constant memory, and tells them again to 1.6 % (the
 * log-linear buckets of HdrHistogram).
 */
export class Histogram {
  #buckets = new Float64Array(OCTAVES * SUB_BUCKETS);
  #count = 0;
  #max = 0;

  get count() {
    return this.#count;
  }

  /** The largest value, exactly; 0 where there is none. */
  get max() {
    return this.#max;
  }

  clear() {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#max = 0;
  }

  /**
   * @param {number} micros At least 0.
   * @param {number} [times] How often.
   */
  add(micros, times = 1) {
    const value = Math.floor(micros);
    const octave = Math.max(0, 31 - Math.clz32(value) - SUB_BITS + 1);
    // From the second octave on, the upper half of the sub-buckets is what values fall into.
    const bucket = octave * SUB_BUCKETS + (value >>> octave);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + times;
    this.#count += times;
    this.#max = Math.max(this.#max, micros);
  }

  /**
   * What it holds, to be taken in by another one elsewhere.
   * @returns {HistogramContents}
   */
  contents() {
    const buckets = Array.from(this.#buckets.entries()).filter(([, count]) => count > 0);
    return { buckets, max: this.#max };
  }

  /** @param {HistogramContents} contents */
  merge({ buckets, max }) {
    for (const [bucket, count] of buckets) {
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + count;
      this.#count += count;
    }
    this.#max = Math.max(this.#max, max);
  }

  /**
   * The middle of the bucket below which the given share of the values lies; 0 where there is none.
   * @param {number} share From 0 to 1.
   */
  quantile(share) {
    const wanted = Math.min(Math.floor(share * this.#count), this.#count - 1);
    let seen = 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      seen += count;
      if (seen > wanted && count > 0) {
        const octave = Math.floor(bucket / SUB_BUCKETS);
        const lowest = (bucket % SUB_BUCKETS) * 2 ** octave;
        return Math.min(lowest + (2 ** octave - 1) / 2, this.#max);
      }
    }
    return 0;
  }
}
