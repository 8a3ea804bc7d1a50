/**
 * `tickwire-simulator`: runs the simulator until a signal ends it. Importing this file runs it,
 * which is what the package's bin does.
 */
import { Command, InvalidArgumentError } from 'commander';
import { isAccountId } from './oanda/oanda-route.ts';
import { parseSimulatorSettings, type SimulatorSettings } from './options.ts';
import { createVenueSimulators, type VenueSimulators } from './venues.ts';

interface Flags {
  readonly port: number;
  readonly streamPort: number;
  readonly bybitPort: number;
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
const DEFAULT_BYBIT_PORT = 8102;
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
    "Speaks OANDA v20's and Bybit v5's public protocols on loopback, with generated or recorded\n" +
      'markets and faults on command.',
  )
  .option('--port <port>', "port of OANDA's REST host", parsePort, DEFAULT_REST_PORT)
  .option('--stream-port <port>', "port of OANDA's stream host", parsePort, DEFAULT_STREAM_PORT)
  .option('--bybit-port <port>', 'port of Bybit, REST and sockets', parsePort, DEFAULT_BYBIT_PORT)
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
  const settings = readSettings(flags);
  const venues = createVenues(flags, settings);
  try {
    await venues.start();
  } catch (error) {
    fail(startFailure(error, flags));
  }
  const { oanda, bybit } = venues;
  if (oanda === undefined || bybit === undefined) {
    fail('Expected both venues to have started');
  }
  process.stdout.write(
    [
      `REST    ${oanda.restUrl}`,
      `Stream  ${oanda.streamUrl}`,
      `Faults  ${oanda.restUrl}/simulator/faults`,
      `Bybit   ${bybit.restUrl}  ${bybit.wsUrl}/v5/public/linear`,
      `Faults  ${bybit.restUrl}/simulator/faults`,
      `Try     curl -H 'Authorization: Bearer ${flags.token ?? 'demo'}' '${oanda.restUrl}/v3/accounts'`,
      '',
    ].join('\n'),
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void venues.close().finally(() => process.exit(0));
    });
  }
}

function createVenues(flags: Flags, settings: SimulatorSettings): VenueSimulators {
  const { host, token, account } = flags;
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  return createVenueSimulators({
    settings,
    oanda: {
      host,
      restPort: flags.port,
      streamPort: flags.streamPort,
      ...(token === undefined ? {} : { token }),
      ...(account === undefined ? {} : { accountId: account }),
      log,
    },
    bybit: { host, port: flags.bybitPort, log },
  });
}

function readSettings(flags: Flags): SimulatorSettings {
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
    return parseSimulatorSettings(env, (variable) => given.get(variable) ?? variable);
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
  const options = new Map([
    [flags.bybitPort, '--bybit-port'],
    [flags.streamPort, '--stream-port'],
    [flags.port, '--port'],
  ]);
  const option = options.get(port) ?? '--port';
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
