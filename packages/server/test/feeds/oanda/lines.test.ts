import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from '../../../src/feeds/oanda/lines.ts';

test('finds the same lines however the bytes are cut', () => {
  const lines = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\s/g, '_')));
  fc.assert(
    fc.property(lines, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (texts, sizes) => {
      const bytes = new TextEncoder().encode(texts.map((text) => `${text}\r\n`).join(''));
      const splitter = new LineSplitter();
      const found: string[] = [];
      for (let start = 0; start < bytes.length;) {
        const { value: size } = sizes.next() as IteratorYieldResult<number>;
        found.push(...splitter.push(bytes.slice(start, start + size)));
        start += size;
      }
      expect(found).toEqual(texts.filter((text) => text !== ''));
    }),
  );
});

test('gives up on a line that has no end', () => {
  const splitter = new LineSplitter();
  const chunk = new Uint8Array(600_000).fill(0x61);
  expect(splitter.push(chunk)).toEqual([]);
  expect(() => splitter.push(chunk)).toThrow(RangeError);
});
