import type { TextFrame } from '../../src/gateways/frame.ts';
import type { Outlet } from '../../src/gateways/outlet.ts';

/** A connection that takes what it is given when a test says so. */
export class FakeOutlet implements Outlet {
  readonly isCompressed = false;
  isOpen = true;
  isDirect = true;
  /** Whether what is written is taken at once. */
  isReading = true;
  /** Texts as they were taken, in order. */
  readonly taken: string[] = [];
  writes = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #callbacks: (() => void)[] = [];

  get isClear(): boolean {
    return this.isOpen && this.isDirect && this.#waiting.length === 0;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  write(bytes: Buffer): void {
    if (!this.isClear) {
      throw new Error('Expected to be clear');
    }
    this.writes += 1;
    this.#add(textsOf(bytes), bytes.length);
  }

  append(frames: readonly TextFrame[]): void {
    this.writes += 1;
    for (const { text, plain } of frames) {
      this.#add([text], plain.length);
    }
  }

  onceClear(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  /** Takes what waits, and whatever comes because of that. */
  drain(): void {
    this.taken.push(...this.#waiting.splice(0));
    this.#waitingBytes = 0;
    for (const callback of this.#callbacks.splice(0)) {
      callback();
    }
  }

  #add(texts: readonly string[], bytes: number): void {
    if (this.isReading) {
      this.taken.push(...texts);
    } else {
      this.#waiting.push(...texts);
      this.#waitingBytes += bytes;
    }
  }
}

/** The texts in frames of less than 65,536 bytes that follow each other. */
function textsOf(bytes: Buffer): readonly string[] {
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const isShort = (bytes[at + 1] ?? 0) < 126;
    const start = at + (isShort ? 2 : 4);
    const length = isShort ? (bytes[at + 1] ?? 0) : bytes.readUInt16BE(at + 2);
    texts.push(bytes.toString('utf8', start, start + length));
    at = start + length;
  }
  return texts;
}
