const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 1_048_576;

/**
 * Cuts a stream of bytes into lines. Lines are decoded only when they are whole, because a chunk
 * may end within a line and within a character.
 */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  /** The lines that this chunk completes, without empty ones; throws past 1 MiB without an end. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#take(chunk.subarray(start, end)).trim();
      if (line !== '') {
        lines.push(line);
      }
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  #take(last: Uint8Array): string {
    if (this.#restBytes === 0) {
      return this.#decoder.decode(last);
    }
    const text = this.#decoder.decode(Buffer.concat([...this.#rest, last]));
    this.#rest = [];
    this.#restBytes = 0;
    return text;
  }

  #keep(rest: Uint8Array): void {
    if (rest.length === 0) {
      return;
    }
    this.#restBytes += rest.length;
    if (this.#restBytes > MAX_LINE_BYTES) {
      throw new RangeError(`Expected a line of at most ${MAX_LINE_BYTES} bytes`);
    }
    this.#rest.push(rest);
  }
}
