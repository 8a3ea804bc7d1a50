import { DueTimes } from '../jobs/due-times.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { ScheduledJob } from '../jobs/scheduler.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobLog } from '../ports/job.ts';
import type { JobCommands } from './job-request.ts';

export interface JobCommandsOptions {
  readonly jobs: readonly ScheduledJob[];
  readonly runner: Pick<JobRunner, 'run'>;
  readonly log: Pick<JobLog, 'newest'>;
  readonly clock: Clock;
}

/** The commands over a store that is open. */
export function createJobCommands({ jobs, runner, log, clock }: JobCommandsOptions): JobCommands {
  return {
    async jobs(_request, { signal }) {
      const runs = await log.newest();
      signal.throwIfAborted();
      return {
        jobs: jobs.map(({ job: { name, schedule }, isEnabled }) => {
          const { job, ...last } = runs.find((run) => run.job === name) ?? {};
          return {
            job: name,
            schedule,
            isEnabled,
            next: new DueTimes(schedule).next(clock.now()),
            ...('id' in last ? { last } : {}),
          };
        }),
      };
    },
    async runJob({ job: name }, { signal }) {
      const found = jobs.find(({ job }) => job.name === name);
      if (found === undefined) {
        throw new TypeError(`Expected a job, got ${name}`);
      }
      const result = await runner.run(found.job, clock.now(), signal);
      signal.throwIfAborted();
      switch (result.type) {
        case 'success':
          return { job: name, result: 'success', ...reportOf(result) };
        case 'failed':
          return { job: name, result: 'failed', records: 0, failures: [result.error.message] };
        case 'stopped':
          return { job: name, result: 'stopped', records: 0, failures: [] };
        default:
          return { job: name, result: 'busy', records: 0, failures: [] };
      }
    },
  };
}

function reportOf({
  records,
  failures,
}: {
  readonly records: number;
  readonly failures: readonly string[];
}) {
  return { records, failures };
}
