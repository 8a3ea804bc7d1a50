import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { CorrelationThread } from '../../src/app/correlation-thread.ts';
import {
  type CorrelationMatrix,
  correlationMatrix,
} from '../../src/domain/statistics/correlation-matrix.ts';
import { walk } from '../support/price-series.ts';
import { waitFor } from '../support/wait-for.ts';

const seriesOf = (count: number, hours: number) =>
  Array.from({ length: count }, (_, seed) => walk({ seed, hours }));

/** The threads that this process starts from now on, until the current test has finished. */
function collectThreads(): readonly Worker[] {
  const threads: Worker[] = [];
  const collect = (worker: Worker): void => {
    threads.push(worker);
  };
  process.on('worker', collect);
  onTestFinished(() => {
    process.off('worker', collect);
  });
  return threads;
}

function openForTest(): CorrelationThread {
  const thread = new CorrelationThread();
  onTestFinished(() => thread.close());
  return thread;
}

test('makes the same matrix as without a thread, and leaves no thread', async () => {
  const threads = collectThreads();
  const series = seriesOf(20, 101);
  const expected = correlationMatrix(series, 100);
  const matrix = await openForTest().correlate(series, 100);
  expect(matrix.values).toEqual(expected.values);
  expect(matrix.at(3, 17)).toBe(expected.at(3, 17));
  expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
});

test('takes the arrays over, also those that series share', async () => {
  const [first, second] = seriesOf(2, 101);
  const shared = [first!, { starts: first!.starts, closes: second!.closes }];
  const expected = correlationMatrix(shared, 100).at(0, 1);
  const matrix = await openForTest().correlate(shared, 100);
  expect(matrix.at(0, 1)).toBe(expected);
  expect(shared.map(({ closes }) => closes.length)).toEqual([0, 0]);
});

test('makes one matrix at a time, in order', async () => {
  const threads = collectThreads();
  const thread = openForTest();
  const ended: number[] = [];
  const jobs = [30, 20, 10].map(async (count) => {
    const matrix = await thread.correlate(seriesOf(count, 101), 100);
    ended.push(matrix.size);
    expect(threads.filter(({ threadId }) => threadId !== -1).length).toBeLessThanOrEqual(1);
  });
  await Promise.all(jobs);
  expect(ended).toEqual([30, 20, 10]);
  expect(threads).toHaveLength(3);
});

test('fails what its thread was doing when that ends, and goes on with another', async () => {
  const threads = collectThreads();
  const thread = openForTest();
  const lost = thread.correlate(seriesOf(2_000, 300), 299);
  const next = thread.correlate(seriesOf(3, 101), 100);
  const failure = expect(lost).rejects.toThrow('ended before it was done');
  const worker = await waitFor(() => threads[0], 'a thread');
  await worker.terminate();
  await failure;
  expect((await next).size).toBe(3);
});

test('says why its thread failed', async () => {
  const thread = openForTest();
  const failed = thread.correlate(seriesOf(1, 10), -5);
  await expect(failed).rejects.toThrow(/^The thread of a correlation matrix failed: .*length/);
});

test('refuses arrays that it was given before', async () => {
  const thread = openForTest();
  const series = seriesOf(2, 101);
  await thread.correlate(series, 100);
  await expect(thread.correlate(series, 100)).rejects.toThrow();
});

test('ends what it is doing and what waits when it is closed, as often as it is', async () => {
  const threads = collectThreads();
  const thread = openForTest();
  const failures = [0, 1].map(() =>
    expect(thread.correlate(seriesOf(2_000, 300), 299)).rejects.toThrow('was closed'),
  );
  await waitFor(() => threads[0], 'a thread');
  await Promise.all([thread.close(), thread.close()]);
  await Promise.all(failures);
  expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
  await expect(thread.correlate(seriesOf(2, 101), 100)).rejects.toThrow('was closed');
});

test('closes without having done anything', async () => {
  await expect(new CorrelationThread().close()).resolves.toBeUndefined();
});

test('lets the event loop turn while it is busy', async () => {
  const made: CorrelationMatrix[] = [];
  const job = openForTest().correlate(seriesOf(600, 1_001), 1_000);
  const done = job.then((matrix) => made.push(matrix));
  let turns = 0;
  for (; made.length === 0; turns += 1) {
    await Promise.race([setImmediate(), done]);
  }
  expect(made[0]?.size).toBe(600);
  expect(turns).toBeGreaterThan(100);
});
