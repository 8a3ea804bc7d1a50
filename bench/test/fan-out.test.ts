import { describe, expect, test } from 'vitest';
import { OPCODE_TEXT, scanFrames } from '../load/frames.js';
import { Histogram } from '../load/histogram.js';
import { PriceReader } from '../load/price-reader.js';
import { Tally } from '../load/tally.js';
import type { Result } from '../report.js';
import { formatStamp, microsSinceStamp } from '../stamp.js';
import { createDirectory, readResult, runBench } from './run-bench.ts';

const SCRIPT = 'fan-out.js';
const CLIENTS = 5;
const INSTRUMENTS = ['EUR_USD', 'USD_JPY'];

describe('fan-out', () => {
  test(
    'measures both servers without loss and keeps what it found',
    { timeout: 60_000 },
    async () => {
      const directory = await createDirectory();
      const { code, output, errors } = await runBench(SCRIPT, [
        ...['--clients', String(CLIENTS), '--rounds', '1', '--seconds', '0.3'],
        ...['--phase', 'light', '--output', directory],
      ]);
      expect(code, errors).toBe(0);
      expect(output).toContain('server CPU µs per delivery');

      const { result } = (await readResult(directory)) as { result: Result };
      expect(result.rounds.map(({ peer }) => peer)).toEqual(['tickwire', 'stock']);
      for (const { phases, warmUpLost } of result.rounds) {
        expect(warmUpLost).toBe(0);
        expect(Object.keys(phases)).toEqual(['light']);
        // 20 a second, for 0.3 s, to each client.
        expect(phases['light']).toMatchObject({
          expected: 6 * CLIENTS,
          lost: 0,
          missingNumbers: 0,
          repeated: 0,
          closedClients: 0,
        });
        expect(Math.round(phases['light']?.messageBytes ?? 0)).toBeGreaterThan(150);
      }
      expect(result.figures).toHaveLength(6);
      for (const { name, tickwire, stock } of result.figures) {
        expect(Number.isFinite(tickwire) && Number.isFinite(stock), name).toBe(true);
      }
    },
  );

  test('refuses a flag that is wrong, and says what it may be', async () => {
    const { code, errors } = await runBench(SCRIPT, ['--clients', 'many']);
    expect(code).toBe(2);
    expect(errors).toContain("--clients: expected a whole number from 1 to 20000, got 'many'");
  });
});

describe('Tally', () => {
  test('finds the message that one client was not sent', () => {
    const tally = new Tally(3, 1);
    for (const seq of [1, 2, 3, 4]) {
      for (const client of [0, 1, 2]) {
        if (client !== 1 || seq !== 3) {
          tally.note(client, 0, seq, 100);
        }
      }
    }
    expect(tally.isComplete(4)).toBe(false);
    expect(tally.summary(4)).toMatchObject({
      expected: 12,
      delivered: 11,
      lost: 1,
      clientsWithLoss: 1,
      missingNumbers: 1,
      repeated: 0,
    });
  });

  test('does not let a message that comes twice stand for one that never came', () => {
    const tally = new Tally(1, 2);
    tally.note(0, 0, 1, 100);
    tally.note(0, 0, 1, 100);
    expect(tally.isComplete(2)).toBe(false);
    expect(tally.summary(2)).toMatchObject({ delivered: 1, lost: 1, repeated: 1 });
  });

  test('follows the numbers from one phase to the next', () => {
    const tally = new Tally(1, 1);
    tally.note(0, 0, 1, 100);
    tally.begin();
    tally.note(0, 0, 3, 100);
    expect(tally.summary(2)).toMatchObject({ delivered: 1, lost: 1, missingNumbers: 1 });
  });
});

describe('PriceReader', () => {
  test('finds instrument, number and stamp, also where they move', () => {
    const reader = new PriceReader(INSTRUMENTS);
    const sentAt = Date.UTC(2026, 10, 21, 23, 59, 59) * 1_000 + 999_500;
    for (const [extra, seq] of [
      ['', 7],
      ['"x":"time",', 1_234],
    ] as const) {
      const bytes = Buffer.from(`##${price(seq, formatStamp(sentAt), extra)}##`);
      expect(reader.read(bytes, 2, bytes.length - 2)).toBe(true);
      expect([reader.instrument, reader.seq]).toEqual([1, seq]);
      // The hour turns in between.
      expect(microsSinceStamp(bytes, reader.stampAt, sentAt + 750)).toBe(750);
    }
  });

  test('takes nothing else for a price', () => {
    const reader = new PriceReader(INSTRUMENTS);
    for (const other of [
      '42["price_response",{"instrument":"USD_JPY","price":{"time":"2026"}}]',
      '42["price_update",{"instrument":"XAU_USD","price":{"time":"2026"}}]',
      '2',
    ]) {
      expect(reader.read(Buffer.from(other), 0, other.length)).toBe(false);
    }
  });
});

describe('scanFrames', () => {
  test('takes whole frames and leaves the rest, wherever the bytes are cut', () => {
    const payloads = ['short', 'x'.repeat(200), ''];
    const bytes = Buffer.concat(payloads.map(serverFrame));
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const seen: string[] = [];
      const onFrame = (opcode: number, source: Buffer, from: number, to: number) => {
        expect(opcode).toBe(OPCODE_TEXT);
        seen.push(source.toString('utf8', from, to));
      };
      const rest = scanFrames(bytes, 0, cut, onFrame);
      scanFrames(bytes, rest, bytes.length, onFrame);
      expect(seen).toEqual(payloads);
    }
  });
});

describe('Histogram', () => {
  test('tells quantiles to 1.6 %', () => {
    const histogram = new Histogram();
    for (let value = 1; value <= 100_000; value += 1) {
      histogram.add(value);
    }
    expect(Math.abs(histogram.quantile(0.5) / 50_000 - 1)).toBeLessThan(0.016);
    expect(Math.abs(histogram.quantile(0.99) / 99_000 - 1)).toBeLessThan(0.016);
    expect(histogram.quantile(1)).toBeLessThanOrEqual(100_000);
  });

  test('tells a single small value exactly', () => {
    const histogram = new Histogram();
    histogram.add(42);
    expect([histogram.quantile(0), histogram.quantile(0.99), histogram.max]).toEqual([42, 42, 42]);
  });
});

function price(seq: number, time: string, extra: string): string {
  return (
    `42["price_update",{"instrument":"USD_JPY","price":{${extra}"bid":"1.1","time":"${time}"},` +
    `"timestamp":"2026-11-21T00:00:00.000Z","seq":${seq}}]`
  );
}

function serverFrame(payload: string): Buffer {
  const head =
    payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.of(0x81, ...head), Buffer.from(payload)]);
}
