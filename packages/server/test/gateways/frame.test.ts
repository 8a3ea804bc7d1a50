import { randomBytes } from 'node:crypto';
import { constants, inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { TextFrame } from '../../src/gateways/frame.ts';

interface Decoded {
  readonly firstByte: number;
  readonly payload: Buffer;
}

/** Reads one frame by RFC 6455, 5.2, independently of what wrote it. */
function decode(frame: Buffer): Decoded {
  const short = frame.readUInt8(1);
  expect(short & 0x80).toBe(0);
  const [at, length] =
    short === 127
      ? [10, Number(frame.readBigUInt64BE(2))]
      : short === 126
        ? [4, frame.readUInt16BE(2)]
        : [2, short];
  expect(frame.length).toBe(at + length);
  return { firstByte: frame.readUInt8(0), payload: frame.subarray(at) };
}

/** Undoes RFC 7692, 7.2.2, with the smallest window that was promised. */
function inflate(payload: Buffer): string {
  const whole = Buffer.concat([payload, Buffer.of(0, 0, 0xff, 0xff)]);
  const options = { windowBits: 12, finishFlush: constants.Z_SYNC_FLUSH };
  return inflateRawSync(whole, options).toString();
}

test.each([
  [0, 2],
  [125, 2],
  [126, 4],
  [65_535, 4],
  [65_536, 10],
  [300_000, 10],
])('writes a text of %i bytes behind a header of %i', (length, headerLength) => {
  const text = 'x'.repeat(length);
  const { plain } = new TextFrame(text);
  expect(plain.length).toBe(headerLength + length);
  const { firstByte, payload } = decode(plain);
  expect(firstByte).toBe(0x81);
  expect(payload.toString()).toBe(text);
});

test('counts bytes, not characters', () => {
  const text = '…'.repeat(42);
  expect(decode(new TextFrame(text).plain).payload.toString()).toBe(text);
});

test.each([128, 400, 65_536, 1_000_000])('compresses a text of %i bytes', (length) => {
  const text = 'bid 1.0945 ask 1.0947 '.repeat(length / 22 + 1).slice(0, length);
  const frame = new TextFrame(text);
  const { firstByte, payload } = decode(frame.compressed);
  expect(firstByte).toBe(0xc1);
  expect(payload.length).toBeLessThan(length);
  expect(inflate(payload)).toBe(text);
  expect(decode(frame.plain).payload.toString()).toBe(text);
});

/** Seven random bits a byte: nothing that deflate could do without. */
const noise = Array.from(randomBytes(200), (byte) => String.fromCharCode(byte & 0x7f)).join('');

test.each([
  ['short', '{"type":"heartbeat","timestamp":"2025-11-18T12:34:56.789Z"}'],
  ['noise', noise],
])('leaves a text as it is that is %s', (_, text) => {
  const frame = new TextFrame(text);
  expect(frame.compressed).toBe(frame.plain);
});

test('makes each form once, for any number of clients', () => {
  const frame = new TextFrame('x'.repeat(500));
  expect(frame.plain).toBe(frame.plain);
  expect(frame.compressed).toBe(frame.compressed);
});
