import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { createStore } from '../../src/storage/index.ts';
import { PgliteClient } from '../../src/storage/pglite.ts';
import { testSqlClient } from '../contracts/sql.contract.ts';
import { testStoreAlerts } from '../contracts/store-alerts.contract.ts';
import { testStoreHistory } from '../contracts/store-history.contract.ts';
import { testStore } from '../contracts/store.contract.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { candleOf } from '../support/stored-candle.ts';
import { createDirectory, createDirectoryForTest } from '../support/temporary-directory.ts';

const directories: (() => Promise<void>)[] = [];

afterAll(async () => {
  await Promise.all(directories.map((remove) => remove()));
});

async function newDirectory(): Promise<string> {
  const { path, remove } = await createDirectory();
  directories.push(remove);
  return path;
}

function storeIn(directory: string) {
  const database = { type: 'embedded', directory } as const;
  return createStore({ database, clock: systemClock, logger: createRecordingLogger() });
}

testSqlClient(
  'PGlite',
  async () => new PgliteClient({ directory: await newDirectory(), clock: systemClock }),
);
testStore('PGlite', async () => storeIn(await newDirectory()));
testStoreHistory('PGlite', async () => storeIn(await newDirectory()));
testStoreAlerts('PGlite', async () => storeIn(await newDirectory()));

describe('PGlite', () => {
  test('keeps what it has over a restart, and lets nobody else in while it runs', async () => {
    const directory = join(await createDirectoryForTest(), 'not', 'yet', 'there');
    const first = storeIn(directory);
    onTestFinished(() => first.close());
    await first.start();
    await first.saveCandles([candleOf()]);
    const second = storeIn(directory);
    onTestFinished(() => second.close());
    const error = await second.start().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_LOCKED' });
    expect(String(error)).toContain(`${directory} to be used by nobody else`);
    expect(String(error)).toContain(`process ${process.pid} `);
    await first.close();
    const third = storeIn(directory);
    onTestFinished(() => third.close());
    await third.start();
    await expect(third.lastConfirmed(candleOf())).resolves.toEqual(candleOf());
  });

  test('begins anew where a first start was killed', async () => {
    const directory = await createDirectoryForTest();
    await mkdir(join(directory, 'database.unfinished', 'base'), { recursive: true });
    const store = storeIn(directory);
    onTestFinished(() => store.close());
    await expect(store.start()).resolves.toBeUndefined();
  });

  test('says that what is in the directory is no database, and lets go of it', async () => {
    const directory = await createDirectoryForTest();
    await mkdir(join(directory, 'database'));
    await writeFile(join(directory, 'database', 'PG_VERSION'), '12\n');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const store = storeIn(directory);
      onTestFinished(() => store.close());
      await expect(store.start()).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
    }
  });

  test('says that the directory cannot be one', async () => {
    const path = join(await createDirectoryForTest(), 'file');
    await writeFile(path, '');
    const store = storeIn(path);
    onTestFinished(() => store.close());
    await expect(store.start()).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      message: expect.stringContaining(path) as string,
    });
  });

  test('fails what its thread was doing when that ends, and goes on with another', async () => {
    const threads: Worker[] = [];
    const collect = (worker: Worker): void => {
      threads.push(worker);
    };
    process.on('worker', collect);
    onTestFinished(() => {
      process.off('worker', collect);
    });
    const directory = await createDirectoryForTest();
    const client = new PgliteClient({ directory, clock: systemClock });
    onTestFinished(() => client.close());
    await client.start();
    await client.query('CREATE TABLE kept (n integer)');
    await client.query('INSERT INTO kept VALUES (1)');
    const lost = client.transaction(async (session) => {
      await session.query('INSERT INTO kept VALUES (2)');
      await threads.at(-1)?.terminate();
      await session.query('INSERT INTO kept VALUES (3)');
    });
    await expect(lost).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(client.query('SELECT n FROM kept')).resolves.toEqual([{ n: 1 }]);
    expect(threads).toHaveLength(2);
  });

  test('closes without having been started, and then does not start', async () => {
    const store = storeIn(await createDirectoryForTest());
    await store.close();
    await expect(store.start()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
