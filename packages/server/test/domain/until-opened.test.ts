import { describe, expect, test } from 'vitest';
import { untilOpened } from '../../src/domain/until-opened.ts';

const never = new Promise<void>(() => undefined);
const opened = Promise.resolve();

describe('untilOpened', () => {
  test('tells whether it was opened before the signal aborted', async () => {
    const stop = new AbortController();
    const waiting = untilOpened(never, stop.signal);
    await expect(untilOpened(opened, stop.signal)).resolves.toBe(true);
    stop.abort();
    await expect(waiting).resolves.toBe(false);
    await expect(untilOpened(never, stop.signal)).resolves.toBe(false);
  });

  test('lets what is open already come before a signal that aborts at once', async () => {
    const stop = new AbortController();
    const waiting = untilOpened(opened, stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBe(true);
    await expect(untilOpened(opened, stop.signal)).resolves.toBe(true);
  });
});
