/**
 * The file of an overflow: lines of JSON. The first says where the oldest candle begins that waits,
 * and is padded, so that it can be written in its place; each other is a candle.
 */
import type { FileHandle } from 'node:fs/promises';
import { INTERVALS, isDecimal } from '@tickwire/protocol';
import { z } from 'zod';
import type { SidedCandle } from '../domain/sided-candle.ts';

const LINE_FEED = 0x0a;
const CHUNK_BYTES = 256 * 1024;

/** The length of the first line. */
export const HEADER_BYTES = 40;

/** The first line; `head` is where in the file the oldest candle begins. */
export function encodeHeader(head: number): Buffer {
  const text = JSON.stringify({ head });
  return Buffer.from(`${text.padEnd(HEADER_BYTES - 1)}\n`);
}

const HEADER = z.object({ head: z.int().min(HEADER_BYTES) });

/** Where the oldest candle begins; right behind the first line where that cannot be read. */
export async function readHead(file: FileHandle): Promise<number> {
  const { buffer, bytesRead } = await file.read({
    buffer: Buffer.alloc(HEADER_BYTES),
    position: 0,
  });
  const header = HEADER.safeParse(parseJson(buffer.toString('utf8', 0, bytesRead)));
  return header.data?.head ?? HEADER_BYTES;
}

/** A line for each. */
export function encodeCandles(candles: readonly SidedCandle[]): Buffer {
  return Buffer.from(candles.map((candle) => `${JSON.stringify(candle)}\n`).join(''));
}

const DECIMAL = z.string().refine(isDecimal);
const OHLC = { open: DECIMAL, high: DECIMAL, low: DECIMAL, close: DECIMAL };
const CANDLE = z.object({
  type: z.literal('candle'),
  instrument: z.string().min(1),
  interval: z.enum(INTERVALS),
  start: z.int(),
  end: z.int(),
  ...OHLC,
  volume: DECIMAL,
  turnover: DECIMAL.exactOptional(),
  isConfirmed: z.boolean(),
  revision: z.int(),
  source: z.enum(['stream', 'history', 'quotes']),
  sides: z.object({ bid: z.object(OHLC), ask: z.object(OHLC) }).exactOptional(),
});

/** The candle of a line; undefined where there is none that can be read. */
export function parseCandle(line: string): SidedCandle | undefined {
  return CANDLE.safeParse(parseJson(line)).data;
}

/** A line of a file without its end, and where in the file the next one begins. */
export interface FileLine {
  readonly text: string;
  readonly next: number;
}

/** The lines between two places of a file, a chunk at a time; one without an end is left out. */
export async function* readLines(
  file: FileHandle,
  from: number,
  to: number,
): AsyncGenerator<readonly FileLine[]> {
  let rest = Buffer.alloc(0);
  for (let position = from; position < to;) {
    const length = Math.min(CHUNK_BYTES, to - position);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
    if (bytesRead === 0) {
      return;
    }
    position += bytesRead;
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const lines: FileLine[] = [];
    let begin = 0;
    for (let end; (end = bytes.indexOf(LINE_FEED, begin)) !== -1; begin = end + 1) {
      lines.push({
        text: bytes.toString('utf8', begin, end),
        next: position - bytes.length + end + 1,
      });
    }
    rest = bytes.subarray(begin);
    yield lines;
  }
}

/** Writes all bytes; an operating system may take a part of them only. */
export async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

interface CopyOptions {
  readonly from: FileHandle;
  readonly to: FileHandle;
  readonly begin: number;
  readonly end: number;
  readonly shift: number;
}

/** Copies what is between two places of a file to another, `shift` bytes nearer to its begin. */
export async function copyBytes({ from, to, begin, end, shift }: CopyOptions): Promise<void> {
  for (let position = begin; position < end;) {
    const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, end - position));
    const { bytesRead } = await from.read({ buffer, position });
    if (bytesRead === 0) {
      throw new Error(`Expected a file of ${end} bytes, got ${position}`);
    }
    await writeAt(to, buffer.subarray(0, bytesRead), position - shift);
    position += bytesRead;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
