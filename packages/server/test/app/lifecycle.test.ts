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

test('a close while parts are starting stops those that have started, and starts no more', async () => {
  let letStart: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    letStart = resolve;
  });
  let isAtSlow: () => void = () => undefined;
  const atSlow = new Promise<void>((resolve) => {
    isAtSlow = resolve;
  });
  const start = (): Promise<void> => {
    isAtSlow();
    return slow;
  };
  const { lifecycle, log } = create(['a', 'b', 'c'], { b: { start } });
  const starting = lifecycle.start();
  await atSlow;
  const closing = lifecycle.close();
  letStart();
  await expect(starting).rejects.toThrow('Closed before it had started');
  await closing;
  expect(log).toEqual(['+a', '-b', '-a']);
});

test('is not started twice, and not after it was closed', async () => {
  const { lifecycle, log } = create(['a']);
  await Promise.all([lifecycle.start(), lifecycle.start()]);
  await lifecycle.close();
  expect(log).toEqual(['+a', '-a']);
  const { lifecycle: closed, log: nothing } = create(['a']);
  await closed.close();
  await expect(closed.start()).rejects.toThrow('Closed before it had started');
  expect(nothing).toEqual([]);
});
