import { describe, expect, test } from 'vitest';
import { parseClientFrame, refusalOf } from '../../src/bybit/bybit-protocol.ts';

describe('Bybit protocol', () => {
  test('lets one socket follow 21,000 characters of names', () => {
    const topics = Array.from({ length: 1_000 }, (_, index) => `tickers.${1_000_000 + index}USDTX`);
    const state = (followed: readonly string[]): Parameters<typeof refusalOf>[1] => ({
      category: 'linear',
      followed: new Set(followed),
      hasTopic: () => true,
      hasSymbol: () => true,
    });
    expect(topics.join('')).toHaveLength(20_000);
    expect(refusalOf(topics, state(['x'.repeat(1_000)]))).toBeUndefined();
    expect(refusalOf(topics, state(['x'.repeat(1_001)]))).toBe('error:args length exceeds 21000');
  });

  test('reads what it knows of a frame and leaves the rest', () => {
    expect(parseClientFrame('{"op":"subscribe","args":["a"],"req_id":7,"more":1}')).toEqual({
      op: 'subscribe',
      requestId: undefined,
      topics: ['a'],
    });
    expect(parseClientFrame(' {"op":5,"args":["a",1]}')).toEqual({
      op: '',
      requestId: undefined,
      topics: undefined,
    });
  });

  test.each(['', '[]', '5', '\u0000'])('complains about %j', (text) => {
    expect(parseClientFrame(text)).toMatch(/^Failed to decode incoming data:readObjectStart/);
  });
});
