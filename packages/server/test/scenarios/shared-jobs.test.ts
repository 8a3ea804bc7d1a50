import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { JobRunner } from '../../src/jobs/job-runner.ts';
import { Scheduler } from '../../src/jobs/scheduler.ts';
import type { Job } from '../../src/ports/job.ts';
import { createStores } from '../../src/storage/index.ts';
import type { DatabaseConfig } from '../../src/storage/client.ts';
import { ManualClock } from '../support/manual-clock.ts';
import {
  type PrivatePostgres,
  postgresBinaries,
  startPrivatePostgres,
} from '../support/private-postgres.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { ScriptedJob, untilStopped } from '../support/scripted-job.ts';
import { waitFor } from '../support/wait-for.ts';
import { systemClock } from '../../src/app/clock.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const NOON = Date.UTC(2026, 5, 3, 12);

if (postgresBinaries === undefined) {
  test.skip('is skipped: there are no programs of PostgreSQL in /usr/lib/postgresql', () =>
    undefined);
}

describe.skipIf(postgresBinaries === undefined)('two processes on one PostgreSQL', () => {
  let server: PrivatePostgres;

  beforeAll(async () => {
    server = await startPrivatePostgres();
  });

  afterAll(async () => {
    await server.close();
  });

  const newDatabase = async (): Promise<DatabaseConfig> => {
    return { type: 'postgres', address: await server.createDatabase() };
  };

  /** A process with its own connections, closed with its test. */
  const startProcess = async (
    database: DatabaseConfig,
    clock: ManualClock,
    jobs: readonly Job[],
  ) => {
    const logger = createRecordingLogger();
    const { store, jobLog } = createStores({ database, clock: systemClock, logger });
    onTestFinished(() => store.close());
    await store.start();
    const owner = `process ${Math.random()}`;
    const scheduler = new Scheduler({
      jobs: jobs.map((job) => ({ job, isEnabled: true })),
      runner: new JobRunner({ log: jobLog, owner, clock, logger }),
      opened: Promise.resolve(),
      clock,
      logger,
    });
    onTestFinished(() => scheduler.close());
    scheduler.start();
    return { jobLog, scheduler };
  };

  test('run each job once for each time', async () => {
    const database = await newDatabase();
    const clock = new ManualClock(NOON);
    const jobs = [new ScriptedJob('hourly'), new ScriptedJob('retention', '0 * * * *')];
    const processes = 3;
    for (let index = 0; index < processes; index += 1) {
      await startProcess(database, clock, jobs);
    }
    for (let hour = 0; hour < 6; hour += 1) {
      const times = Array.from({ length: hour + 1 }, (_, index) => NOON + index * HOUR_MS);
      // Until all have heard that it is done, and wait for the next hour.
      await waitFor(async () => {
        await clock.advance(SECOND_MS);
        return jobs.every(({ done }) => done.length > hour) && clock.waiting === 2 * processes;
      }, `hour ${hour}`);
      expect(jobs.map(({ begun }) => begun)).toEqual([times, times]);
      await clock.advance(NOON + (hour + 1) * HOUR_MS - clock.now());
    }
  });

  test('take over what one has left that was killed in the middle of it', async () => {
    const database = await newDatabase();
    const killed = new ScriptedJob();
    killed.work = untilStopped;
    // Its clock stands still: it renews nothing and hears of nothing any more.
    await startProcess(database, new ManualClock(NOON), [killed]);
    await waitFor(() => killed.running === 1, 'the first run');
    const job = new ScriptedJob();
    const clock = new ManualClock(NOON + SECOND_MS);
    const { jobLog } = await startProcess(database, clock, [job]);
    await waitFor(() => clock.waiting > 0, 'the other to wait');
    expect(job.begun).toEqual([]);
    await clock.advance(MINUTE_MS);
    await waitFor(() => job.done.length > 0, 'the run to be made up');
    const [run] = await waitFor(async () => {
      const runs = await jobLog.newest();
      return runs[0]?.status === 'success' && runs;
    }, 'it to be recorded');
    expect(job.done).toEqual([NOON]);
    expect(run).toMatchObject({ fireTime: NOON, attempt: 2, records: 1 });
  });
});
