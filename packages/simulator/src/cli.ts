/**
 * `tickwire-simulator`: runs the simulator until a signal ends it. Importing this file runs it,
 * which is what the package's bin does.
 */
import { Command, InvalidArgumentError } from 'commander';
import { isAccountId } from './oanda-route.ts';
import { createOandaSimulator } from './oanda-server.ts';
import { type OandaSimulatorOptions, parseSimulatorSettings } from './options.ts';

interface Flags {
  readonly port: number;
  readonly streamPort: number;
  readonly host: string;
  readonly token?: string;
  readonly account?: string;
  readonly seed?: string;
  readonly data?: string;
  readonly start?: string;
  readonly speed?: string;
  readonly shift?: string;
  readonly weekend?: string;
}

const DEFAULT_REST_PORT = 8100;
const DEFAULT_STREAM_PORT = 8101;
const EXIT_USAGE = 2;

/** The flags that take the place of an environment variable. */
const FLAG_OF_VARIABLE = {
  SIMULATOR_SEED: 'seed',
  SIMULATOR_DATA: 'data',
  SIMULATOR_START: 'start',
  SIMULATOR_SPEED: 'speed',
  SIMULATOR_SHIFT: 'shift',
  SIMULATOR_WEEKEND: 'weekend',
} as const satisfies Record<string, keyof Flags>;

const command = new Command('tickwire-simulator')
  .description(
    "Speaks OANDA v20's REST and streaming protocol on loopback, with a generated or a recorded\n" +
      'market and faults on command.',
  )
  .option('--port <port>', 'port of the REST host', parsePort, DEFAULT_REST_PORT)
  .option('--stream-port <port>', 'port of the stream host', parsePort, DEFAULT_STREAM_PORT)
  .option('--host <address>', 'address to listen on', parseHost, '127.0.0.1')
  .option('--token <token>', 'the one token that is good (default: any)', parseToken)
  .option('--account <id>', 'the one account there is (default: any well-formed id)', parseAccount)
  .option('--seed <number>', 'decides the generated market (SIMULATOR_SEED, default: 1)')
  .option('--weekend <open|closed>', 'whether it trades at weekends (SIMULATOR_WEEKEND)')
  .option('--data <paths>', 'recorded files or folders, by commas (SIMULATOR_DATA)')
  .option('--shift <weeks|none>', 'move recorded data to end now (SIMULATOR_SHIFT)')
  .option('--start <offset>', "where the clock begins, such as '-3h' (SIMULATOR_START)")
  .option('--speed <number>', 'pace of the clock and of recordings (SIMULATOR_SPEED, default: 1)')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE))
  .action((flags: Flags) => run(flags));

await command.parseAsync();

async function run(flags: Flags): Promise<void> {
  const simulator = createOandaSimulator(readOptions(flags));
  try {
    await simulator.start();
  } catch (error) {
    fail(startFailure(error, flags));
  }
  const { restUrl, streamUrl } = simulator;
  process.stdout.write(
    [
      `REST    ${restUrl}`,
      `Stream  ${streamUrl}`,
      `Faults  ${restUrl}/simulator/faults`,
      `Try     curl -H 'Authorization: Bearer ${flags.token ?? 'demo'}' '${restUrl}/v3/accounts'`,
      '',
    ].join('\n'),
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void simulator.close().finally(() => process.exit(0));
    });
  }
}

function readOptions(flags: Flags): OandaSimulatorOptions {
  const env = { ...process.env };
  const given = new Map<string, string>();
  for (const [variable, flag] of Object.entries(FLAG_OF_VARIABLE)) {
    const value = flags[flag];
    if (value !== undefined) {
      env[variable] = value;
      given.set(variable, `--${flag}`);
    }
  }
  try {
    return {
      ...parseSimulatorSettings(env, (variable) => given.get(variable) ?? variable),
      host: flags.host,
      restPort: flags.port,
      streamPort: flags.streamPort,
      ...(flags.token === undefined ? {} : { token: flags.token }),
      ...(flags.account === undefined ? {} : { accountId: flags.account }),
      log: (line) => process.stderr.write(`${line}\n`),
    };
  } catch (error) {
    return fail(messageOf(error));
  }
}

function startFailure(error: unknown, flags: Flags): string {
  const [code, port] = [fieldOf(error, 'code'), fieldOf(error, 'port')];
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `Expected --host to be an address of this machine, got '${flags.host}'`;
  }
  if ((code !== 'EADDRINUSE' && code !== 'EACCES') || typeof port !== 'number') {
    return messageOf(error);
  }
  const option = port === flags.port ? '--port' : '--stream-port';
  const why = code === 'EACCES' ? 'is not allowed to be used' : 'is taken';
  return `Expected ${option} to name a free port, but ${port} ${why}`;
}

function fieldOf(error: unknown, name: string): unknown {
  return error instanceof Error ? Object.getOwnPropertyDescriptor(error, name)?.value : undefined;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  }
  return port;
}

function parseAccount(text: string): string {
  if (!isAccountId(text)) {
    throw new InvalidArgumentError('Expected an id like 101-001-0000001-001.');
  }
  return text;
}

function parseToken(text: string): string {
  if (!/^\S+$/.test(text)) {
    throw new InvalidArgumentError('Expected a token without spaces.');
  }
  return text;
}

/** An empty address would be every address of the machine. */
function parseHost(text: string): string {
  if (text.trim() === '') {
    throw new InvalidArgumentError('Expected an address such as 127.0.0.1.');
  }
  return text.trim();
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(EXIT_USAGE);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
