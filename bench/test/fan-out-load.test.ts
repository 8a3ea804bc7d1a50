import { describe, expect, test } from 'vitest';
import { mergeCollected } from '../fan-out/collected.js';
import { Follower } from '../fan-out/load/follower.js';
import { OPCODE_TEXT, clientFrame, scanFrames } from '../fan-out/load/frames.js';
import { Histogram } from '../fan-out/load/histogram.js';
import { choosePlaces } from '../fan-out/load/own-pairs.js';
import { PriceReader } from '../fan-out/load/price-reader.js';
import { SharedStream } from '../fan-out/load/shared-stream.js';
import { Tally } from '../fan-out/load/tally.js';
import { readClientTexts, serverFrame } from '../fan-out/peers/frames.js';
import { formatStamp, microsSince, readStamp } from '../fan-out/stamp.js';
import { WIRES, WIRE_NAMES } from '../fan-out/wires.js';

const INSTRUMENTS = ['EUR_USD', 'USD_JPY'];
const BOTH = [0, 1];
const SENT_AT = Date.UTC(2026, 10, 21, 23, 59, 59) * 1_000 + 999_500;
const LATENCY_US = 750;

describe('Tally', () => {
  test('finds the message that one client was not sent', () => {
    const tally = new Tally([[0], [0], [0]], 1);
    for (const seq of [1, 2, 3, 4]) {
      for (const client of [0, 1, 2]) {
        if (client !== 1 || seq !== 3) {
          tally.note(client, 0, seq, 100);
        }
      }
    }
    expect(tally.isComplete([4])).toBe(false);
    expect(tally.summary([4])).toMatchObject({
      expected: 12,
      delivered: 11,
      lost: 1,
      clientsWithLoss: 1,
      missingNumbers: 1,
      repeated: 0,
    });
  });

  test('does not let a message that comes twice stand for one that never came', () => {
    const tally = new Tally([BOTH], 2);
    tally.note(0, 0, 1, 100);
    tally.note(0, 0, 1, 100);
    expect(tally.isComplete([1, 1])).toBe(false);
    expect(tally.summary([1, 1])).toMatchObject({ delivered: 1, lost: 1, repeated: 1 });
  });

  test('expects of each client what it has subscribed to', () => {
    const tally = new Tally([[0], [1], BOTH], 2);
    expect(tally.summary([3, 5])).toMatchObject({ expected: 3 + 5 + 8, clientsWithLoss: 3 });
  });

  test('follows the numbers from one phase to the next', () => {
    const tally = new Tally([[0]], 1);
    tally.note(0, 0, 1, 100);
    tally.begin();
    tally.note(0, 0, 3, 100);
    expect(tally.summary([2])).toMatchObject({ delivered: 1, lost: 1, missingNumbers: 1 });
  });
});

describe.each(WIRE_NAMES)('PriceReader, %s', (name) => {
  test('finds instrument, number and stamp', () => {
    const reader = new PriceReader(WIRES[name], INSTRUMENTS);
    for (const [place, seq] of [[1, 7] as const, [0, 1_234] as const]) {
      const bytes = Buffer.from(`##${price(name, place, seq)}##`);
      expect(reader.read(bytes, 2, bytes.length - 2)).toBe(true);
      expect([reader.instrument, reader.seq]).toEqual([place, seq]);
      // The hour turns in between.
      const stampUs = readStamp(bytes, reader.stampAt);
      expect(microsSince(stampUs, SENT_AT + LATENCY_US)).toBe(LATENCY_US);
    }
  });

  test('takes nothing else for a price', () => {
    const reader = new PriceReader(WIRES[name], INSTRUMENTS);
    for (const other of [
      '42["price_response",{"instrument":"USD_JPY","price":{"time":"2026"}}]',
      '42["price_update",{"instrument":"XAU_USD","price":{"time":"2026"}}]',
      '{"op":"subscribed","channels":{"price:EUR_USD":{"snapshot":{"price":{"time":"2026"}}}}}',
      '2',
    ]) {
      expect(reader.read(Buffer.from(other), 0, other.length)).toBe(false);
    }
  });
});

describe('Follower', () => {
  /** What two clients are sent, the second of them in pieces. */
  function follow(texts: readonly (readonly string[])[], pieceLength: number) {
    const tally = new Tally([BOTH, BOTH], INSTRUMENTS.length);
    const shared = {
      reader: new PriceReader(WIRES.plain, INSTRUMENTS),
      tally,
      stream: new SharedStream(INSTRUMENTS.length),
      now: () => SENT_AT + LATENCY_US,
    };
    const others: string[] = [];
    const followers = [0, 1].map(
      (client) =>
        new Follower(client, shared, (_, bytes, from, to) => {
          others.push(bytes.toString('utf8', from, to));
        }),
    );
    const streams = texts.map((each) => Buffer.concat(each.map(serverFrame)));
    const longest = Math.max(...streams.map(({ length }) => length));
    for (let at = 0; at < longest; at += pieceLength) {
      for (const [client, bytes] of streams.entries()) {
        const piece = Buffer.from(bytes.subarray(at, at + pieceLength));
        if (piece.length > 0) {
          followers[client]?.receive(piece, 0, piece.length);
        }
      }
    }
    return { tally, others };
  }

  const prices = Array.from({ length: 12 }, (_, index) =>
    price('plain', index % 2, Math.floor(index / 2) + 1),
  );

  test.each([1, 7, 100, 211, 1_000, 100_000])(
    'counts what comes in pieces of %i bytes',
    (length) => {
      const { tally } = follow([prices, prices], length);
      const { latencies, ...counts } = tally.summary([6, 6]);
      expect(counts).toMatchObject({ delivered: 24, lost: 0, repeated: 0, missingNumbers: 0 });
      expect(latencies.max).toBe(LATENCY_US);
    },
  );

  test.each([1, 100, 500, 100_000])('finds what one client misses, in pieces of %i', (length) => {
    const holed = prices.filter((_, index) => index !== 5);
    const { tally } = follow([prices, holed], length);
    expect(tally.summary([6, 6])).toMatchObject({
      ...{ delivered: 23, lost: 1, clientsWithLoss: 1, missingNumbers: 1, repeated: 0 },
    });
  });

  test.each([1, 100, 500, 100_000])('finds what one client gets twice, pieces of %i', (length) => {
    const doubled = prices.flatMap((each, index) => (index === 5 ? [each, each] : [each]));
    for (const texts of [
      [prices, doubled],
      [doubled, prices],
    ]) {
      const { tally } = follow(texts, length);
      expect(tally.summary([6, 6])).toMatchObject({ delivered: 24, lost: 0, repeated: 1 });
    }
  });

  test.each([1, 100, 100_000])('hands on what is for one client alone, pieces of %i', (length) => {
    const between = [...prices.slice(0, 5), '2', ...prices.slice(5)];
    const { tally, others } = follow([prices, between], length);
    expect(tally.summary([6, 6])).toMatchObject({ delivered: 24, lost: 0, repeated: 0 });
    expect(others).toEqual(['2']);
  });
});

describe('frames', () => {
  test('are taken whole, wherever the bytes are cut', () => {
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

  test('of a client are understood by the smallest server', () => {
    const texts = ['40', 'x'.repeat(500)];
    expect(readClientTexts(Buffer.concat(texts.map((text) => clientFrame(text))))).toEqual(texts);
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

  test('of several processes is one', () => {
    const parts = [100, 200, 300].map((latencyUs, client) => {
      const tally = new Tally([[0]], 1);
      tally.note(0, 0, 1, latencyUs);
      const traffic = {
        cpuUs: 10,
        wallUs: 100 * (client + 1),
        lastAtUs: client,
        messageBytes: 200,
      };
      return { ...tally.summary([2]), ...traffic, closedClients: 1 };
    });
    const merged = mergeCollected(parts);
    expect(merged).toMatchObject({ expected: 6, delivered: 3, lost: 3, closedClients: 3 });
    expect(merged).toMatchObject({ loadUs: 30, loadBusy: 0.1, lastAtUs: 2, maxMs: 0.3 });
    expect(merged.messageBytes).toBe(200);
    expect(merged.p50Ms).toBeCloseTo(0.2, 2);
  });
});

test('each client chooses its own instruments, and all are chosen alike', () => {
  const chosen = Array.from({ length: 2_000 }, (_, client) => choosePlaces(client, 5, 20));
  expect(choosePlaces(7, 5, 20)).toEqual(chosen[7]);
  expect(new Set(chosen.map((places) => places.join())).size).toBeGreaterThan(1_500);
  for (let place = 0; place < 20; place += 1) {
    const count = chosen.filter((places) => places.includes(place)).length;
    expect(count).toBeGreaterThan(400);
    expect(count).toBeLessThan(600);
  }
  expect(choosePlaces(3, 20, 20)).toEqual(Array.from({ length: 20 }, (_, place) => place));
});

function price(wire: 'socket.io' | 'plain', place: number, seq: number): string {
  const fields = { bid: '1.1', ask: '1.3', mid: '1.2', time: formatStamp(SENT_AT) };
  const update = { instrument: INSTRUMENTS[place] ?? '', price: fields };
  return WIRES[wire].encode(update, seq, '2026-11-21T00:00:00.000Z');
}
