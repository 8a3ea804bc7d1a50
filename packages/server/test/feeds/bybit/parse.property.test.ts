import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidMessageError } from '../../../src/domain/errors.ts';
import { parseFrame } from '../../../src/feeds/bybit/parse.ts';
import { book, klines, ticker, trades } from './sound-frames.ts';

describe('parseFrame', () => {
  const SOUND = [klines({}), trades({}), ticker({}), book({})].map(
    (text) => JSON.parse(text) as Record<string, unknown>,
  );

  test('never throws anything else, whatever stands in the place of a value', () => {
    const paths = SOUND.flatMap((frame) => pathsOf(frame).map((path) => ({ frame, path })));
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), ({ frame, path }, value) => {
        const text = JSON.stringify(replaced(frame, path, value));
        expectOnlyInvalid(() => parseFrame(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('never throws anything else, whatever is cut out of a frame', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SOUND), fc.nat(), fc.nat(60), (frame, from, length) => {
        const text = JSON.stringify(frame);
        const start = from % text.length;
        expectOnlyInvalid(() => parseFrame(text.slice(0, start) + text.slice(start + length)));
      }),
      { numRuns: 2_000 },
    );
  });
});

type Path = readonly (string | number)[];

/** The way to every value in a JSON value, its own included. */
function pathsOf(value: unknown): Path[] {
  const below =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) =>
          pathsOf(inner).map((path) => [key, ...path]),
        )
      : [];
  return [[], ...below];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) {
    return by;
  }
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as {
    [key: string | number]: unknown;
  };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

function expectOnlyInvalid(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidMessageError);
  }
}
