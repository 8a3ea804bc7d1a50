import { expect, test } from 'vitest';
import { untilOpened } from '../../src/jobs/until-opened.ts';

const never = new Promise<void>(() => undefined);

test('untilOpened tells whether it was opened before the signal aborted', async () => {
  const stop = new AbortController();
  const waiting = untilOpened(never, stop.signal);
  await expect(untilOpened(Promise.resolve(), stop.signal)).resolves.toBe(true);
  stop.abort();
  await expect(waiting).resolves.toBe(false);
  await expect(untilOpened(never, stop.signal)).resolves.toBe(false);
});
