import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { toError } from '../domain/errors.ts';
import type { SidedCandle } from '../domain/sided-candle.ts';
import type { Logger } from '../ports/logger.ts';
import type { CandleOverflow } from '../ports/overflow.ts';
import {
  HEADER_BYTES,
  copyBytes,
  encodeCandles,
  encodeHeader,
  parseCandle,
  readHead,
  readLines,
  writeAt,
} from './overflow-format.ts';

export interface OverflowFileOptions {
  /**
   * Where the file is, asked once, when it starts. It is made where there is none; its directory
   * exists, and no other process uses it.
   */
  readonly path: () => string;
  /** How much may wait in it; with what is dropped it is half as long again at most. */
  readonly maxBytes: number;
  readonly logger?: Logger;
}

/** How many candles are written at once: making lines of them takes a few milliseconds. */
const CANDLES_PER_WRITE = 1_000;

/** Candles that wait in a file; not started. */
export function createOverflowFile(options: OverflowFileOptions): CandleOverflow {
  return new OverflowFile(options);
}

/**
 * New candles are written behind those that wait; dropping moves the place where these begin, which
 * the file's first line keeps. The file is cut to nothing once nothing waits, and written anew once
 * most of it is dropped. Whatever moment a kill comes at, what `push` has taken is there later;
 * what `drop` has forgotten may be there again. It does not call fsync: a power failure may take
 * what the operating system has not written yet.
 */
class OverflowFile implements CandleOverflow {
  readonly #findPath: () => string;
  #path = '';
  readonly #maxBytes: number;
  readonly #logger: Logger | undefined;
  #file: FileHandle | undefined;
  #count = 0;
  /** Where the oldest candle that waits begins. */
  #head = HEADER_BYTES;
  /** Where the next one goes; right behind the first line only in a file that is cut to nothing. */
  #end = HEADER_BYTES;
  /** Where each of the oldest ends, as far as they were read. */
  #ends: number[] = [];
  /** Whether the first line says where the oldest begins. */
  #isHeadSaved = true;
  /** Whether there may be something behind the end that does not count. */
  #hasRest = false;
  /** From where on the oldest may be, that the file is written anew. */
  #compactFrom: number;
  /** The end of what was asked so far: one thing at a time. */
  #queue: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor({ path, maxBytes, logger }: OverflowFileOptions) {
    this.#findPath = path;
    this.#maxBytes = maxBytes;
    this.#logger = logger;
    this.#compactFrom = HEADER_BYTES + maxBytes / 2;
  }

  get count(): number {
    return this.#count;
  }

  async start(): Promise<void> {
    this.#path = this.#findPath();
    const file = await open(this.#path, constants.O_RDWR | constants.O_CREAT);
    try {
      // A kill may have left it.
      await rm(this.#temporaryPath, { force: true });
      await this.#find(file);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
  }

  async push(candles: readonly SidedCandle[]): Promise<boolean> {
    return this.#exclusively((file) => this.#push(file, candles));
  }

  async oldest(limit: number): Promise<readonly SidedCandle[]> {
    return this.#exclusively((file) => this.#read(file, limit));
  }

  async drop(count: number): Promise<void> {
    await this.#exclusively((file) => this.#drop(file, count));
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  get #temporaryPath(): string {
    return `${this.#path}.unfinished`;
  }

  /** Runs a task after all that were asked before it, whatever became of them. */
  async #exclusively<T>(task: (file: FileHandle) => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      if (this.#file === undefined) {
        throw new Error(`Expected the overflow ${this.#path} to be open`);
      }
      return task(this.#file);
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #find(file: FileHandle): Promise<void> {
    const { size } = await file.stat();
    const head = await readHead(file);
    this.#head = head <= size ? head : HEADER_BYTES;
    this.#end = this.#head;
    let unreadable = 0;
    for await (const lines of readLines(file, this.#head, size)) {
      for (const { text, next } of lines) {
        if (parseCandle(text) === undefined) {
          unreadable += 1;
        } else {
          this.#count += 1;
        }
        this.#end = next;
      }
    }
    if (unreadable > 0) {
      const fields = { path: this.#path, lines: unreadable };
      this.#logger?.warn(fields, 'Skips lines of candles that cannot be read');
    }
    if (this.#count === 0 && size > 0) {
      await this.#empty(file);
    } else if (this.#end < size) {
      await this.#cut(file);
    }
  }

  async #push(file: FileHandle, candles: readonly SidedCandle[]): Promise<boolean> {
    if (this.#hasRest) {
      await this.#truncate(file);
    }
    let end = this.#end;
    try {
      for (let at = 0; at < candles.length; at += CANDLES_PER_WRITE) {
        const bytes = encodeCandles(candles.slice(at, at + CANDLES_PER_WRITE));
        if (end + bytes.length - this.#head > this.#maxBytes) {
          await this.#cut(file);
          return false;
        }
        await (end === HEADER_BYTES
          ? writeAt(file, Buffer.concat([encodeHeader(HEADER_BYTES), bytes]), 0)
          : writeAt(file, bytes, end));
        end += bytes.length;
      }
    } catch (error) {
      await this.#cut(file);
      throw error;
    }
    this.#end = end;
    this.#count += candles.length;
    return true;
  }

  async #read(file: FileHandle, limit: number): Promise<readonly SidedCandle[]> {
    const candles: SidedCandle[] = [];
    const ends: number[] = [];
    reading: for await (const lines of readLines(file, this.#head, this.#end)) {
      for (const { text, next } of lines) {
        if (candles.length >= limit) {
          break reading;
        }
        const candle = parseCandle(text);
        if (candle !== undefined) {
          candles.push(candle);
          ends.push(next);
        }
      }
    }
    this.#ends = ends;
    // Somebody else has been at the file: waiting for what is not there would never end.
    this.#count = candles.length < limit ? candles.length : this.#count;
    return candles;
  }

  async #drop(file: FileHandle, count: number): Promise<void> {
    if (count < this.#count && count > this.#ends.length) {
      await this.#read(file, count);
    }
    if (count >= this.#count) {
      await this.#empty(file);
      return;
    }
    this.#head = this.#ends[count - 1] ?? this.#head;
    this.#ends = this.#ends.slice(count);
    this.#count -= count;
    await this.#saveHead(file);
    if (this.#head > this.#compactFrom) {
      await this.#compact(file);
    }
  }

  async #close(): Promise<void> {
    await this.#queue;
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) {
      return;
    }
    if (this.#hasRest) {
      await this.#cut(file);
    }
    if (!this.#isHeadSaved) {
      await this.#saveHead(file);
    }
    await file.close();
  }

  /** What cannot be forgotten now is once more tried later, or comes again: that does no harm. */
  async #saveHead(file: FileHandle): Promise<void> {
    try {
      await writeAt(file, encodeHeader(this.#head), 0);
      this.#isHeadSaved = true;
    } catch (error) {
      this.#isHeadSaved = false;
      this.#report(error);
    }
  }

  /** Forgets all. The first line goes too: it must not say where candles to come begin. */
  async #empty(file: FileHandle): Promise<void> {
    this.#count = 0;
    this.#ends = [];
    this.#head = HEADER_BYTES;
    this.#end = HEADER_BYTES;
    this.#isHeadSaved = true;
    this.#compactFrom = HEADER_BYTES + this.#maxBytes / 2;
    await this.#cut(file);
  }

  /** Removes what is behind the end, or has that done before anything is written there. */
  async #cut(file: FileHandle): Promise<void> {
    this.#hasRest = true;
    await this.#truncate(file).catch((error: unknown) => {
      this.#report(error);
    });
  }

  async #truncate(file: FileHandle): Promise<void> {
    await file.truncate(this.#end === HEADER_BYTES ? 0 : this.#end);
    this.#hasRest = false;
  }

  /** Writes what waits to another file, which takes the place of this one when it is whole. */
  async #compact(file: FileHandle): Promise<void> {
    const shift = this.#head - HEADER_BYTES;
    let whole: FileHandle | undefined;
    try {
      whole = await open(this.#temporaryPath, 'w+');
      await writeAt(whole, encodeHeader(HEADER_BYTES), 0);
      await copyBytes({ from: file, to: whole, begin: this.#head, end: this.#end, shift });
      await rename(this.#temporaryPath, this.#path);
    } catch (error) {
      this.#report(error);
      this.#compactFrom = this.#head + this.#maxBytes / 2;
      await whole?.close();
      // What is left of it is removed by the next start.
      await rm(this.#temporaryPath, { force: true }).catch(() => undefined);
      return;
    }
    this.#file = whole;
    this.#head -= shift;
    this.#end -= shift;
    this.#ends = this.#ends.map((end) => end - shift);
    this.#isHeadSaved = true;
    this.#hasRest = false;
    this.#compactFrom = HEADER_BYTES + this.#maxBytes / 2;
    await file.close();
  }

  #report(error: unknown): void {
    const fields = { path: this.#path, reason: toError(error).message };
    this.#logger?.warn(fields, 'Could not tidy up the file of candles that wait');
  }
}
