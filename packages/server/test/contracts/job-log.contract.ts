import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobClaim, JobClaimed, JobLog, JobRun } from '../../src/ports/job.ts';
import type { Store } from '../../src/ports/store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A job log, with whatever keeps it. */
interface KeptLog {
  readonly store: Pick<Store, 'start' | 'close'>;
  readonly jobLog: JobLog;
}

/** What every job log promises, whatever keeps it. */
export function testJobLog(name: string, open: () => Promise<KeptLog>): void {
  describe(`${name} job log`, () => {
    let kept: KeptLog;
    let log: JobLog;
    /** Later than all runs of the tests before: they share a log. */
    let noon = Date.UTC(2026, 5, 1, 12);
    const newNoon = (): number => (noon += 24 * HOUR_MS);

    beforeAll(async () => {
      kept = await open();
      await kept.store.start();
      log = kept.jobLog;
    });

    afterAll(async () => {
      await kept.store.close();
    });

    const claim = (fireTime: number, changes: Partial<JobClaim> = {}): Promise<JobClaimed> => {
      const now = changes.now ?? fireTime + 100;
      const lease = { now, leaseUntil: now + MINUTE_MS, maxAttempts: 3 };
      return log.claim({ job: 'hourly', fireTime, owner: 'one', ...lease, ...changes });
    };
    const claimed = async (...args: Parameters<typeof claim>): Promise<JobRun> => {
      const answer = await claim(...args);
      if (answer.type !== 'claimed') {
        throw new Error(`Expected to have the run, got ${answer.type}`);
      }
      return answer.run;
    };
    const newest = async (): Promise<JobRun | undefined> =>
      (await log.newest()).find(({ job }) => job === 'hourly');

    test('gives a run to who comes first, and says until when it is theirs', async () => {
      const time = newNoon();
      const run = await claimed(time);
      expect(run).toEqual({
        id: run.id,
        job: 'hourly',
        fireTime: time,
        startedAt: time + 100,
        status: 'running',
        attempt: 1,
      });
      const busy = { type: 'busy', fireTime: time, until: time + 100 + MINUTE_MS };
      expect(await claim(time, { owner: 'two' })).toEqual(busy);
      expect(await claim(time)).toEqual(busy);
      expect(await claim(time + HOUR_MS, { owner: 'two', now: time + 200 })).toEqual(busy);
      const other = await claimed(time, { job: 'daily', owner: 'two' });
      await log.finish(other, 'two', { type: 'success', endedAt: time + 300 });
      await log.finish(run, 'one', { type: 'success', endedAt: time + 300 });
    });

    test('keeps how a run has ended, and gives it to nobody again', async () => {
      const time = newNoon();
      const run = await claimed(time);
      const outcome = {
        type: 'success',
        endedAt: time + 1_600,
        records: 23,
        error: 'X: no',
      } as const;
      expect(await log.finish(run, 'one', outcome)).toBe(true);
      const ended = {
        ...run,
        status: 'success',
        endedAt: time + 1_600,
        records: 23,
        error: 'X: no',
      };
      expect(await newest()).toEqual(ended);
      expect(await claim(time, { owner: 'two' })).toEqual({ type: 'settled', run: ended });
      expect(await log.finish(run, 'one', { type: 'failed', endedAt: time })).toBe(false);
      expect(await log.renew(run, 'one', time + HOUR_MS)).toBe(false);
    });

    test('gives a run that failed to the next, until it has failed too often', async () => {
      const time = newNoon();
      for (const attempt of [1, 2, 3]) {
        const run = await claimed(time, { owner: `try ${attempt}` });
        expect(run).toMatchObject({ attempt, status: 'running' });
        expect(run).not.toHaveProperty('error');
        const failed = { type: 'failed', endedAt: time + 200, error: `no ${attempt}` } as const;
        await log.finish(run, `try ${attempt}`, failed);
      }
      const last = { attempt: 3, status: 'failed', error: 'no 3', endedAt: time + 200 };
      expect(await claim(time)).toMatchObject({ type: 'settled', run: last });
    });

    test('does not count what was stopped', async () => {
      const time = newNoon();
      for (let stops = 0; stops < 5; stops += 1) {
        const run = await claimed(time);
        await log.finish(run, 'one', { type: 'stopped', endedAt: time + 200, error: 'stopped' });
      }
      expect(await newest()).toMatchObject({ attempt: 0, status: 'failed', error: 'stopped' });
      const run = await claimed(time);
      expect(run.attempt).toBe(1);
      await log.finish(run, 'one', { type: 'success', endedAt: time + 300 });
    });

    test('gives a run whose lease has run out to the next, and nothing to who had it', async () => {
      const time = newNoon();
      const first = await claimed(time);
      const until = time + 100 + MINUTE_MS;
      expect(await claim(time, { owner: 'two', now: until - 1 })).toMatchObject({ type: 'busy' });
      const second = await claimed(time, { owner: 'two', now: until });
      expect(second).toMatchObject({ id: first.id, attempt: 2, startedAt: until });
      expect(await log.renew(first, 'one', until + HOUR_MS)).toBe(false);
      expect(await log.finish(first, 'one', { type: 'success', endedAt: until })).toBe(false);
      expect(await newest()).toEqual(second);
      await log.finish(second, 'two', { type: 'success', endedAt: until + 1 });
    });

    test('calls a run failed whose lease has run out, also when another one is claimed', async () => {
      const time = newNoon();
      const lost = await claimed(time);
      const until = time + 100 + MINUTE_MS;
      const next = await claimed(time + HOUR_MS);
      const settled = await claim(time, { maxAttempts: 1, owner: 'two', now: time + HOUR_MS });
      expect(settled).toMatchObject({ type: 'busy', fireTime: next.fireTime });
      await log.finish(next, 'one', { type: 'success', endedAt: time + HOUR_MS });
      expect(await claim(time, { maxAttempts: 1, now: time + HOUR_MS })).toMatchObject({
        type: 'settled',
        run: { id: lost.id, status: 'failed', endedAt: until },
      });
    });

    test('gives a run at once to the next where the process that had it is known to be gone', async () => {
      const time = newNoon();
      const lost = await claimed(time);
      await log.abandonBefore(lost.startedAt);
      expect(await claim(time, { owner: 'two' })).toMatchObject({ type: 'busy' });
      await log.abandonBefore(lost.startedAt + 1);
      expect(await newest()).toMatchObject({ status: 'failed', endedAt: lost.startedAt + 1 });
      const next = await claimed(time, { owner: 'two' });
      expect(next).toMatchObject({ id: lost.id, attempt: 2 });
      await log.finish(next, 'two', { type: 'success', endedAt: time + 200 });
      await log.abandonBefore(time + HOUR_MS);
      expect(await newest()).toMatchObject({ status: 'success' });
    });

    test('does not wait for a lease that a clock has given which was ahead and was set back', async () => {
      const time = newNoon();
      const ahead = time + HOUR_MS;
      const lost = await claimed(time, { now: ahead, leaseUntil: ahead + MINUTE_MS });
      const now = time + 200;
      const next = await claimed(time, { owner: 'two', now, leaseUntil: now + MINUTE_MS });
      expect(next).toMatchObject({ id: lost.id, attempt: 2 });
      expect(await log.renew(lost, 'one', ahead + 2 * MINUTE_MS)).toBe(false);
      await log.finish(next, 'two', { type: 'success', endedAt: now });
    });

    test('lets who has a run hold it for longer', async () => {
      const time = newNoon();
      const run = await claimed(time);
      expect(await log.renew(run, 'two', time + HOUR_MS)).toBe(false);
      expect(await log.renew(run, 'one', time + HOUR_MS)).toBe(true);
      const later = { owner: 'two', now: time + HOUR_MS - 1 };
      expect(await claim(time, later)).toEqual({
        type: 'busy',
        fireTime: time,
        until: time + HOUR_MS,
      });
      await log.finish(run, 'one', { type: 'success', endedAt: time + 300 });
    });

    test('gives no two of a job to many who come at once', async () => {
      const time = newNoon();
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => claim(time, { owner: `process ${index}` })),
      );
      const kinds = answers.map(({ type }) => type).sort();
      expect(kinds).toEqual([...Array.from({ length: 11 }, () => 'busy'), 'claimed']);
      const at = answers.findIndex(({ type }) => type === 'claimed');
      const run = answers[at];
      if (run?.type === 'claimed') {
        await log.finish(run.run, `process ${at}`, { type: 'success', endedAt: time + 300 });
      }
    });

    test('tells the newest run of each job by its fire time, and forgets the old', async () => {
      const time = newNoon();
      const [old, next] = [await claimed(time), time + HOUR_MS];
      await log.finish(old, 'one', { type: 'success', endedAt: time + 300, records: 0 });
      const run = await claimed(next);
      const daily = await claimed(next, { job: 'daily' });
      expect(await log.newest()).toEqual([run, daily]);
      await log.finish(daily, 'one', { type: 'success', endedAt: next });
      await log.forgetBefore(time);
      expect(await log.forgetBefore(next)).toBe(1);
      expect(await log.forgetBefore(Infinity)).toBe(1);
      expect(await log.newest()).toEqual([run]);
    });
  });
}
