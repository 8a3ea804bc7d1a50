import { expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { Lifecycle, type Part } from '../../src/app/lifecycle.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

function create(
  names: string[],
  changes: Record<string, Partial<Part>> = {},
  shutdownTimeoutMs = 5_000,
) {
  const log: string[] = [];
  const logger = createRecordingLogger();
  const parts = names.map((name): Part => ({
    name,
    start: () => {
      log.push(`+${name}`);
    },
    close: () => {
      log.push(`-${name}`);
      return Promise.resolve();
    },
    ...changes[name],
  }));
  const lifecycle = new Lifecycle({ parts, shutdownTimeoutMs, clock: systemClock, logger });
  return { lifecycle, log, logger };
}

test('starts in order and stops in reverse, once', async () => {
  const { lifecycle, log } = create(['a', 'b', 'c']);
  await lifecycle.start();
  await Promise.all([lifecycle.close(), lifecycle.close()]);
  expect(log).toEqual(['+a', '+b', '+c', '-c', '-b', '-a']);
});

test('stops what has started, and what failed, when a part does not start', async () => {
  const failure = new Error('port taken');
  const { lifecycle, log } = create(['a', 'b', 'c'], {
    b: { start: () => Promise.reject(failure) },
  });
  await expect(lifecycle.start()).rejects.toBe(failure);
  expect(log).toEqual(['+a', '-b', '-a']);
});

test('stops the others when one fails or hangs, and says which', async () => {
  const { lifecycle, log, logger } = create(
    ['a', 'b', 'c'],
    {
      b: { close: () => new Promise(() => undefined) },
      c: { close: () => Promise.reject(new Error('broken')) },
    },
    50,
  );
  await lifecycle.start();
  await lifecycle.close();
  expect(log.at(-1)).toBe('-a');
  expect(logger.lines.map(({ fields }) => fields)).toEqual([
    expect.objectContaining({ part: 'c' }),
    { part: 'b' },
  ]);
});
