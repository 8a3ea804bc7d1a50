import { expect, test } from 'vitest';
import { Turns } from '../../src/api/turns.ts';

test('work is done one piece after another, in order, whatever becomes of each', async () => {
  const turns = new Turns();
  const told: string[] = [];
  const take = (name: string, error?: Error): Promise<string> =>
    turns.take(async () => {
      told.push(`${name} begins`);
      await Promise.resolve();
      told.push(`${name} ends`);
      if (error !== undefined) {
        throw error;
      }
      return name;
    });
  const results = await Promise.allSettled([take('a'), take('b', new Error('b fails')), take('c')]);
  expect(told).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('the event loop goes on between two pieces', async () => {
  const turns = new Turns();
  const told: string[] = [];
  const take = (name: string): Promise<void> =>
    turns.take(() => {
      told.push(name);
      return Promise.resolve();
    });
  const first = take('first');
  const second = take('second');
  setImmediate(() => told.push('something else'));
  await Promise.all([first, second]);
  expect(told).toEqual(['first', 'something else', 'second']);
});
