import { describe, expect, onTestFinished, test } from 'vitest';
import { DatabaseWatch } from '../../src/app/database-watch.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

/** A database that can be had, or not, as a test says. */
function createWatch() {
  const clock = new ManualClock();
  const logger = createRecordingLogger();
  const database: { failure: Error | undefined; answer: Promise<void> } = {
    failure: undefined,
    answer: Promise.resolve(),
  };
  const seen = { opens: 0, recoveries: 0, isOpened: false };
  const ask = async (): Promise<void> => {
    await database.answer;
    if (database.failure !== undefined) {
      throw database.failure;
    }
  };
  const watch = new DatabaseWatch({
    open: () => {
      seen.opens += 1;
      return ask();
    },
    ping: ask,
    onRecovered: () => {
      seen.recoveries += 1;
    },
    clock,
    logger,
  });
  void watch.opened.then(() => {
    seen.isOpened = true;
  });
  onTestFinished(() => watch.close());
  return { watch, clock, logger, database, seen };
}

const passes = (): boolean => true;
const stays = (): boolean => false;

describe('DatabaseWatch', () => {
  test('opens the database at once, and then knows that it is there', async () => {
    const { watch, clock, seen } = createWatch();
    await watch.start(stays);
    await clock.advance(60_000);
    expect(seen).toEqual({ opens: 1, recoveries: 0, isOpened: true });
    expect(watch.isOpen).toBe(true);
    expect(watch.trouble).toBeUndefined();
  });

  test('rejects with what keeps the database from being opened for good', async () => {
    const { watch, database, seen } = createWatch();
    database.failure = new Error('no such directory');
    await expect(watch.start(stays)).rejects.toThrow('no such directory');
    expect(seen.isOpened).toBe(false);
  });

  test('opens later a database that is down now', async () => {
    const { watch, clock, logger, database, seen } = createWatch();
    database.failure = new Error('connection refused');
    await watch.start(passes);
    await clock.advance(30_000);
    expect(watch.trouble).toBe('connection refused');
    expect(seen).toMatchObject({ opens: 7, isOpened: false });
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    database.failure = undefined;
    await clock.advance(5_000);
    expect(watch.trouble).toBeUndefined();
    expect(seen).toEqual({ opens: 8, recoveries: 1, isOpened: true });
  });

  test('notices that an open database goes and comes back', async () => {
    const { watch, clock, database, seen } = createWatch();
    await watch.start(stays);
    database.failure = new Error('terminated');
    await clock.advance(5_000);
    expect(watch.trouble).toBe('terminated');
    database.failure = undefined;
    await clock.advance(5_000);
    expect(watch.trouble).toBeUndefined();
    expect(seen).toMatchObject({ opens: 1, recoveries: 1 });
  });

  test('says nothing of what its end has kept from being opened', async () => {
    const { watch, clock, logger, database } = createWatch();
    database.failure = new Error('connection refused');
    await watch.start(passes);
    let answer: () => void = () => undefined;
    database.answer = new Promise((resolve) => {
      answer = resolve;
    });
    await clock.advance(120_000);
    const closing = watch.close();
    database.failure = new Error('it was closed');
    answer();
    await closing;
    expect(watch.trouble).toBe('connection refused');
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('takes no answer for none after five seconds', async () => {
    const { watch, clock, database } = createWatch();
    await watch.start(stays);
    let answer: () => void = () => undefined;
    database.answer = new Promise((resolve) => {
      answer = resolve;
    });
    await clock.advance(10_000);
    expect(watch.trouble).toBe('No answer within 5 s');
    answer();
    await clock.advance(10_000);
    expect(watch.trouble).toBeUndefined();
  });
});
