import { Command } from 'commander';
import { parseConfig } from '../app/config.ts';
import { CommandError } from '../app/control-messages.ts';
import {
  ConfigError,
  FeedError,
  ListenError,
  RedisError,
  StoreError,
  toError,
} from '../domain/errors.ts';
import { backfill } from './backfill.ts';
import { checkConfig, unknownSettings } from './check-config.ts';
import { readEnvironment } from './environment.ts';
import { type GapsOptions, gaps } from './gaps.ts';
import { type BackfillOptions, addBackfillOptions, addHistoryOptions } from './history-options.ts';
import { type JobsOptions, listJobs, runJob } from './jobs.ts';
import { migrate } from './migrate.ts';
import { print } from './print.ts';
import { serve } from './serve.ts';
import { version } from './summary.ts';

const program = new Command('tickwire')
  .description('Self-hosted real-time market data: follows venues and streams to any client')
  .version(version());

program
  .command('serve')
  .description('run the server until Ctrl-C')
  .option('--roles <list>', 'what this process does, in the place of ROLES')
  .action(async ({ roles }: { roles?: string }) => {
    const environment = { ...readEnvironment(), ...(roles === undefined ? {} : { ROLES: roles }) };
    await serve(parseConfig(environment), unknownSettings(environment));
  });

program
  .command('check-config')
  .description('check the settings in the environment and .env, and print them')
  .action(() => {
    process.stdout.write(`${checkConfig(readEnvironment())}\n`);
  });

program
  .command('migrate')
  .description('bring the database up to date')
  .action(async () => {
    await print(await migrate(parseConfig(readEnvironment())));
  });

addBackfillOptions(program.command('backfill'))
  .description('fetch candles that are not there yet from the venues')
  .action(async (options: BackfillOptions) => {
    process.exitCode = await backfill(parseConfig(readEnvironment()), options);
  });

addHistoryOptions(program.command('gaps'))
  .description('list the candles that are missing; the exit code is 1 where there are any')
  .option('--fill', 'fetch them from the venues, and list what is still missing')
  .action(async (options: GapsOptions) => {
    process.exitCode = await gaps(parseConfig(readEnvironment()), options);
  });

const jobs = program.command('jobs').description('what runs at times: hourly, daily, retention');
jobs
  .command('list')
  .description('list the jobs, when each runs next and how its last run went')
  .option('--json', 'print the result as JSON')
  .action(async (options: JobsOptions) => {
    process.exitCode = await listJobs(parseConfig(readEnvironment()), options);
  });
jobs
  .command('run <job>')
  .description('run a job now; the exit code is 1 where it fails or runs already')
  .option('--json', 'print the result as JSON')
  .action(async (job: string, options: JobsOptions) => {
    process.exitCode = await runJob(parseConfig(readEnvironment()), job, options);
  });

/** Those whose message says all there is to say. */
const OURS = [CommandError, ConfigError, FeedError, ListenError, RedisError, StoreError];

try {
  await program.parseAsync();
  process.exit();
} catch (error) {
  const isOurs = OURS.some((known) => error instanceof known);
  const { message, stack } = toError(error);
  const text = isOurs ? message : (stack ?? message);
  process.stderr.write(`tickwire: ${text}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}
