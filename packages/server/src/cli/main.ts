import { Command } from 'commander';
import { parseConfig } from '../app/config.ts';
import { ConfigError, ListenError, toError } from '../domain/errors.ts';
import { checkConfig, unknownSettings } from './check-config.ts';
import { readEnvironment } from './environment.ts';
import { serve } from './serve.ts';
import { version } from './summary.ts';

const program = new Command('tickwire')
  .description('Self-hosted real-time market data: follows venues and streams to any client')
  .version(version());

program
  .command('serve')
  .description('run the server until Ctrl-C')
  .action(async () => {
    const environment = readEnvironment();
    await serve(parseConfig(environment), unknownSettings(environment));
  });

program
  .command('check-config')
  .description('check the settings in the environment and .env, and print them')
  .action(() => {
    process.stdout.write(`${checkConfig(readEnvironment())}\n`);
  });

try {
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  const isOurs = error instanceof ConfigError || error instanceof ListenError;
  const text = isOurs ? error.message : (toError(error).stack ?? toError(error).message);
  process.stderr.write(`tickwire: ${text}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}
