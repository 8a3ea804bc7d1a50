/** Numbers messages by instrument, as the least that clients need to find what they missed. */
export class Numbers {
  /** @type {Map<string, number>} */
  #heads = new Map();

  /** @param {string} instrument */
  next(instrument) {
    const seq = (this.#heads.get(instrument) ?? 0) + 1;
    this.#heads.set(instrument, seq);
    return seq;
  }
}
