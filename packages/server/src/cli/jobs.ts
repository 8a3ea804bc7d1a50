import type { Config } from '../app/config.ts';
import { minuteOf } from '../app/history-plan.ts';
import type { ListedJob, RunJobAnswer } from '../app/job-request.ts';
import { ConfigError } from '../domain/errors.ts';
import { JOB_NAMES } from '../ports/job.ts';
import { formatCount, print } from './print.ts';
import { runHistory } from './run-history.ts';

export interface JobsOptions {
  readonly json?: boolean;
}

/** Prints the jobs and how they stand; resolves with the exit code. */
export async function listJobs(config: Config, { json = false }: JobsOptions): Promise<number> {
  const outcome = await runHistory({ config, isQuiet: json }, (commands, watch) =>
    commands.jobs({}, watch),
  );
  if ('exitCode' in outcome) {
    return outcome.exitCode;
  }
  const { answer } = outcome;
  await print(json ? JSON.stringify(answer) : answer.jobs.map(describeJob).join('\n'));
  return 0;
}

/** Runs a job and prints what it has done; resolves with the exit code. */
export async function runJob(
  config: Config,
  name: string,
  { json = false }: JobsOptions,
): Promise<number> {
  const job = JOB_NAMES.find((known) => known === name);
  if (job === undefined) {
    throw new ConfigError(`jobs run: expected one of ${JOB_NAMES.join(', ')}, got '${name}'`);
  }
  const outcome = await runHistory({ config, isQuiet: json }, (commands, watch) =>
    commands.runJob({ job }, watch),
  );
  if ('exitCode' in outcome) {
    process.stderr.write('tickwire: Interrupted; the job runs again when it is due\n');
    return outcome.exitCode;
  }
  const { answer } = outcome;
  await print(json ? JSON.stringify(answer) : describeRun(answer));
  return answer.result === 'success' ? 0 : 1;
}

function describeJob({ job, schedule, isEnabled, next, last }: ListedJob): string {
  const times = isEnabled
    ? `runs at '${schedule}' UTC, next ${next === undefined ? 'never' : minuteOf(next)}`
    : 'does not run by itself';
  return `${job} ${times}; ${last === undefined ? 'has never run' : describeLast(last)}`;
}

function describeLast(last: NonNullable<ListedJob['last']>): string {
  const { fireTime, startedAt, endedAt, status, records, error } = last;
  const run = `that of ${minuteOf(fireTime)}`;
  if (endedAt === undefined) {
    return `${run} is running`;
  }
  const seconds = ((endedAt - startedAt) / 1_000).toFixed(1);
  const failures = error === undefined ? '' : `: ${error.replaceAll('\n', '; ')}`;
  return status === 'failed'
    ? `${run} failed after ${seconds} s${failures}`
    : `${run} took ${seconds} s and made ${formatCount(records ?? 0, 'record')}${failures}`;
}

function describeRun({ job, result, records, failures }: RunJobAnswer): string {
  switch (result) {
    case 'success':
      return [`${job} made ${formatCount(records, 'record')}`, ...failures].join('\n');
    case 'failed':
      return [`${job} failed`, ...failures].join('\n');
    case 'busy':
      return `${job} is running already`;
    case 'stopped':
      return `${job} was stopped before it was done`;
  }
}
