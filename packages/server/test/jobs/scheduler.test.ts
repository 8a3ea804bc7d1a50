import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreError } from '../../src/domain/errors.ts';
import { JobRunner } from '../../src/jobs/job-runner.ts';
import { Scheduler, type SchedulerOptions } from '../../src/jobs/scheduler.ts';
import { testJobLog } from '../contracts/job-log.contract.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryJobLog } from '../support/memory-job-log.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { ScriptedJob, untilStopped } from '../support/scripted-job.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const NOON = Date.UTC(2026, 5, 3, 12);

testJobLog('memory', () => {
  const nothing = () => Promise.resolve();
  return Promise.resolve({ store: { start: nothing, close: nothing }, jobLog: new MemoryJobLog() });
});

interface ProcessOptions {
  readonly log?: MemoryJobLog;
  readonly clock?: ManualClock;
  readonly job?: ScriptedJob;
  readonly options?: Partial<SchedulerOptions>;
}

let processes = 0;

/** A process that runs one job, closed with its test; not started. */
function createProcess({
  log = new MemoryJobLog(),
  clock = new ManualClock(NOON + 10 * MINUTE_MS),
  job = new ScriptedJob(),
  options = {},
}: ProcessOptions = {}) {
  const { lines, ...logger } = createRecordingLogger();
  const owner = `process ${(processes += 1)}`;
  const scheduler = new Scheduler({
    jobs: [{ job, isEnabled: true }],
    runner: new JobRunner({ log, owner, clock, logger }),
    opened: Promise.resolve(),
    clock,
    logger,
    ...options,
  });
  onTestFinished(async () => {
    const closed = scheduler.close();
    await clock.advance(0);
    await closed;
  });
  return { log, clock, job, scheduler, lines };
}

async function startProcess(options?: ProcessOptions) {
  const process = createProcess(options);
  process.scheduler.start();
  await process.clock.advance(0);
  return process;
}

describe('Scheduler', () => {
  test('runs a job at its times, and records each run', async () => {
    const { clock, job, log } = await startProcess();
    await clock.advance(3 * HOUR_MS);
    const times = [NOON, NOON + HOUR_MS, NOON + 2 * HOUR_MS, NOON + 3 * HOUR_MS];
    expect(job.done).toEqual(times);
    expect(log.runs.map(({ fireTime }) => fireTime)).toEqual(times);
    expect(log.runs[1]).toEqual({
      id: 2,
      job: 'hourly',
      fireTime: NOON + HOUR_MS,
      startedAt: NOON + HOUR_MS,
      endedAt: NOON + HOUR_MS,
      status: 'success',
      records: 1,
      attempt: 1,
    });
  });

  test('makes up the newest run that was missed, and no older one', async () => {
    const log = new MemoryJobLog();
    const first = await startProcess({ log });
    await first.scheduler.close();
    const clock = new ManualClock(NOON + 50 * HOUR_MS + 1);
    const { job } = await startProcess({ log, clock });
    expect(job.done).toEqual([NOON + 50 * HOUR_MS]);
  });

  test('does not do again at a start what is done', async () => {
    const log = new MemoryJobLog();
    const first = await startProcess({ log });
    await first.scheduler.close();
    const { job, clock } = await startProcess({ log });
    await clock.advance(50 * MINUTE_MS - 1);
    expect(job.begun).toEqual([]);
    await clock.advance(1);
    expect(job.begun).toEqual([NOON + HOUR_MS]);
  });

  test('does again at a start what is done and lacks something, once', async () => {
    const log = new MemoryJobLog();
    const first = await startProcess({ log });
    await first.scheduler.close();
    const job = new ScriptedJob();
    job.isWhole = false;
    const { clock } = await startProcess({ log, job });
    await clock.advance(2 * HOUR_MS);
    const now = NOON + 10 * MINUTE_MS;
    expect(job.done).toEqual([now, NOON + HOUR_MS, NOON + 2 * HOUR_MS]);
  });

  test('does not run what is not enabled', async () => {
    const job = new ScriptedJob();
    const jobs = [{ job, isEnabled: false }];
    const { clock } = await startProcess({ options: { jobs } });
    await clock.advance(3 * HOUR_MS);
    expect(job.begun).toEqual([]);
  });

  test('has no job wait for another', async () => {
    const [slow, quick] = [new ScriptedJob('hourly'), new ScriptedJob('retention', '15 * * * *')];
    slow.work = untilStopped;
    const jobs = [slow, quick].map((job) => ({ job, isEnabled: true }));
    const { clock } = await startProcess({ options: { jobs } });
    await clock.advance(2 * HOUR_MS);
    expect(slow.begun).toEqual([NOON]);
    expect(quick.done).toHaveLength(3);
  });

  test('asks nothing of the store before it can be used', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { clock, job, log } = await startProcess({ options: { opened } });
    log.failure = new Error('It is not open');
    await clock.advance(2 * HOUR_MS);
    log.failure = undefined;
    open();
    await clock.advance(0);
    expect(job.done).toEqual([NOON + 2 * HOUR_MS]);
  });

  test('tries again what failed, not at once and not for ever', async () => {
    const { clock, job, log, lines } = createProcess();
    job.work = () => Promise.reject(new Error('no'));
    const { scheduler } = createProcess({ clock, job, log });
    scheduler.start();
    await clock.advance(0);
    expect(job.begun).toHaveLength(1);
    await clock.advance(30 * SECOND_MS - 1);
    expect(job.begun).toHaveLength(1);
    await clock.advance(49 * MINUTE_MS);
    expect(job.begun).toEqual(Array.from({ length: 5 }, () => NOON));
    expect(log.runs).toMatchObject([{ status: 'failed', error: 'no', attempt: 5 }]);
    job.work = () => Promise.resolve();
    await clock.advance(MINUTE_MS);
    expect(job.done).toEqual([NOON + HOUR_MS]);
    expect(lines).toEqual([]);
  });

  test('says what failed and what was done', async () => {
    const { clock, job, lines } = await startProcess();
    job.report = { records: 2, failures: ['EUR_USD: no'] };
    await clock.advance(HOUR_MS);
    const error = new Error('all of it');
    job.work = () => Promise.reject(error);
    await clock.advance(HOUR_MS);
    expect(lines.slice(0, 3)).toMatchObject([
      { level: 'info', message: 'A job is done', fields: { records: 1, failures: [] } },
      { level: 'info', fields: { records: 2, failures: ['EUR_USD: no'] } },
      { level: 'error', message: 'A job failed', fields: { err: error, attempt: 1 } },
    ]);
  });

  test('waits where the database cannot say who runs what, and says so once a minute', async () => {
    const log = new MemoryJobLog();
    log.failure = new StoreError('STORE_UNAVAILABLE', 'down');
    const { clock, job, lines } = await startProcess({ log });
    await clock.advance(10 * MINUTE_MS);
    expect(job.begun).toEqual([]);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(new Set(lines.map(({ level }) => level))).toEqual(new Set(['warn']));
    log.failure = undefined;
    await clock.advance(MINUTE_MS);
    expect(job.done).toEqual([NOON]);
  });

  test('goes by the clock when that is set', async () => {
    const { clock, job } = await startProcess();
    const now = clock.now.bind(clock);
    clock.now = () => now() + 5 * HOUR_MS;
    await clock.advance(MINUTE_MS);
    expect(job.done).toEqual([NOON, NOON + 5 * HOUR_MS]);
  });

  test('ends what runs when it is closed, for somebody else to do, and leaves nothing', async () => {
    const log = new MemoryJobLog();
    const { clock, job, scheduler } = await startProcess({ log });
    job.work = untilStopped;
    await clock.advance(50 * MINUTE_MS);
    expect(job.running).toBe(1);
    await scheduler.close();
    expect([job.running, clock.waiting]).toEqual([0, 0]);
    expect(log.runs[1]).toMatchObject({ status: 'failed', attempt: 0 });
    scheduler.start();
    await clock.advance(HOUR_MS);
    expect(job.begun).toHaveLength(2);
    const other = await startProcess({ log, clock: new ManualClock(NOON + HOUR_MS + 1) });
    expect(other.job.done).toEqual([NOON + HOUR_MS]);
  });
});

describe('two schedulers on one log', () => {
  test('run each job once for each time', async () => {
    const log = new MemoryJobLog();
    const clock = new ManualClock(NOON + 1);
    const job = new ScriptedJob();
    job.work = ({ signal }) => clock.sleep(7 * SECOND_MS, signal);
    await startProcess({ log, clock, job });
    await startProcess({ log, clock, job });
    let most = 0;
    for (let step = 0; step < (5 * 60 + 1) * 12; step += 1) {
      await clock.advance(5 * SECOND_MS);
      most = Math.max(most, job.running);
    }
    expect(job.done).toEqual([0, 1, 2, 3, 4, 5].map((hour) => NOON + hour * HOUR_MS));
    expect(most).toBe(1);
    expect(log.runs.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('leave a run to who has it, for as long as that takes', async () => {
    const log = new MemoryJobLog();
    const clock = new ManualClock(NOON + 1);
    const first = await startProcess({ log, clock });
    const second = await startProcess({ log, clock });
    first.job.work = ({ signal }) => clock.sleep(40 * MINUTE_MS, signal);
    second.job.work = first.job.work;
    await clock.advance(HOUR_MS + 39 * MINUTE_MS);
    expect(first.job.running + second.job.running).toBe(1);
    await clock.advance(2 * MINUTE_MS);
    const done = [...first.job.done, ...second.job.done];
    expect(done).toEqual([NOON, NOON + HOUR_MS]);
    expect(log.runs[1]).toMatchObject({ attempt: 1, status: 'success' });
  });

  test('take over from each other what was left when a process has ended', async () => {
    const log = new MemoryJobLog();
    const killed = new ManualClock(NOON + 1);
    const job = new ScriptedJob();
    job.work = untilStopped;
    // Its clock stands still from here on: it renews nothing and hears of nothing.
    await startProcess({ log, clock: killed, job });
    const other = await startProcess({ log, clock: new ManualClock(NOON + 1) });
    await other.clock.advance(29 * SECOND_MS);
    expect(other.job.begun).toEqual([]);
    await other.clock.advance(2 * SECOND_MS);
    expect(other.job.done).toEqual([NOON]);
    expect(log.runs).toMatchObject([{ status: 'success', attempt: 2 }]);
  });

  test('let one that was asleep end what is not its own any more', async () => {
    const log = new MemoryJobLog();
    const asleep = new ManualClock(NOON + 1);
    const job = new ScriptedJob();
    job.work = untilStopped;
    const first = await startProcess({ log, clock: asleep, job });
    const other = await startProcess({ log, clock: new ManualClock(NOON + 1) });
    await other.clock.advance(MINUTE_MS);
    expect(other.job.done).toEqual([NOON]);
    expect(job.running).toBe(1);
    await asleep.advance(MINUTE_MS);
    expect([job.running, job.done]).toEqual([0, []]);
    expect(first.lines.at(-1)).toMatchObject({ level: 'warn' });
    expect(log.runs).toMatchObject([{ status: 'success', attempt: 2 }]);
  });

  test('end a run that cannot be held because the database is away', async () => {
    const log = new MemoryJobLog();
    const { clock, job } = await startProcess({ log });
    job.work = untilStopped;
    await clock.advance(50 * MINUTE_MS);
    log.failure = new StoreError('STORE_UNAVAILABLE', 'down');
    await clock.advance(29 * SECOND_MS);
    expect(job.running).toBe(1);
    await clock.advance(SECOND_MS);
    expect(job.running).toBe(0);
    log.failure = undefined;
    job.work = () => Promise.resolve();
    await clock.advance(2 * MINUTE_MS);
    expect(job.done).toEqual([NOON, NOON + HOUR_MS]);
  });
});
