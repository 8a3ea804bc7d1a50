import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { createStore } from '../../src/storage/index.ts';
import { runForTest } from '../support/child.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { NOON } from '../support/stored-candle.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const KILLS = 4;
const BATCH_SIZE = 60;

test('a process that is killed while it saves leaves whole batches, and all that it has told of', async () => {
  const directory = await createDirectoryForTest();
  let told = -1;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = runForTest('insert-until-killed.js', directory, String(NOON), String(told + 1));
    const enough = 3 + 5 * kill;
    await waitFor(() => child.lines.length >= enough, 'some batches');
    await child.kill();
    told = Number(child.lines.at(-1));

    const store = createStore({
      database: { type: 'embedded', directory },
      clock: systemClock,
      logger: createRecordingLogger(),
    });
    onTestFinished(() => store.close());
    await store.start();
    const query = {
      instrument: 'BTCUSDT',
      interval: '1',
      limit: 1_000_000,
      pick: 'oldest',
    } as const;
    const candles = await store.candles(query);
    const sizes = new Map<string, number>();
    for (const { volume } of candles) {
      sizes.set(volume, (sizes.get(volume) ?? 0) + 1);
    }
    expect([...new Set(sizes.values())]).toEqual([BATCH_SIZE]);
    expect(sizes.size).toBeGreaterThan(told);
    expect([...sizes.keys()]).toEqual(Array.from(sizes.keys(), (_, index) => String(index)));
    await store.close();
  }
}, 120_000);
