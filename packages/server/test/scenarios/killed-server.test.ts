import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseConfig } from '../../src/storage/client.ts';
import { LiveSocket } from '../support/live-socket.ts';
import { ONE_PORT } from '../support/one-port.ts';
import {
  type PrivatePostgres,
  postgresBinaries,
  startPrivatePostgres,
} from '../support/private-postgres.ts';
import { postgresSettings } from '../support/postgres-settings.ts';
import { endOf, runProgram } from '../support/program.ts';
import { latestTradingMoment, startVenuesForTest } from '../support/simulated-venues.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { expectVenuesHistory, openStoreForTest, untilWhole } from '../support/whole-history.ts';

const KILLS = 3;
const SEED = 20261121;
/** A process is killed once a client was sent so many messages at most: some seconds of trades. */
const MOST_MESSAGES = 300;
const PAIRS = ['EUR_USD', 'USD_JPY', 'XAU_USD'];
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const INTERVALS = ['1', '5', '15'];
const TIMEOUT_MS = 180_000;

const SETTINGS = {
  ...ONE_PORT,
  TRACKED_PAIRS: PAIRS.join(),
  BYBIT_SYMBOLS: SYMBOLS.join(),
  BYBIT_TIMEFRAMES: INTERVALS.join(),
  BACKFILL_DAYS: '2',
};

/** A folder, and what makes the program keep its history in a database. */
interface Place {
  readonly folder: string;
  readonly directory: string;
  readonly database: DatabaseConfig;
  readonly settings: Readonly<Record<string, string>>;
}

/** Runs the program; resolves with its address as soon as clients can connect. */
async function serve({ folder, directory, settings }: Place, more: Record<string, string>) {
  const env = { ...SETTINGS, ...settings, ...more, DATA_DIR: directory };
  const program = runProgram(folder, ['serve'], env);
  let isOver = false;
  void program.exited.then(() => {
    isOver = true;
  });
  const port = await waitFor(() => {
    expect(isOver, program.errors()).toBe(false);
    return /Listening on http:\/\/127\.0\.0\.1:(\d+) /.exec(program.output())?.[1];
  }, 'the address');
  return { program, url: `http://127.0.0.1:${port}` };
}

/** Numbers from 0 to 1 that are the same each time (a linear congruential generator). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function testServers(createPlace: () => Promise<Place>): void {
  test(
    'a server that is killed again and again has missed no candle in the end',
    async () => {
      const place = await createPlace();
      const options = { startMs: latestTradingMoment(), speed: 120, weekend: 'closed' } as const;
      const venues = await startVenuesForTest(options);
      const random = createRandom(SEED);
      for (let kill = 0; kill < KILLS; kill += 1) {
        const { program, url } = await serve(place, venues.settings);
        const enough = Math.floor(random() * MOST_MESSAGES);
        const client = new LiveSocket(url, 'trades/BTCUSDT');
        await waitFor(() => client.texts.length >= enough, `${enough} messages`);
        program.child.kill('SIGKILL');
        expect(await program.exited).toBe(null);
      }

      const { program } = await serve(place, venues.settings);
      const count = SYMBOLS.length * (INTERVALS.length + 1) + PAIRS.length;
      await untilWhole(place.directory, count, { to: venues.now() });
      program.child.kill('SIGTERM');
      expect(await program.exited).toBe(0);
      const store = await openStoreForTest(place.database);
      const counts = await expectVenuesHistory(store, venues);
      expect(counts.size).toBe(count);
      expect(counts.get('BTCUSDT 60')).toBeGreaterThanOrEqual(47);
      expect(Math.min(...counts.values())).toBeGreaterThan(10);
    },
    TIMEOUT_MS,
  );

  test(
    'a second server on the same directory ends at once with one line',
    async () => {
      const place = await createPlace();
      const { program } = await serve(place, { FEEDS: 'none' });
      const env = { ...SETTINGS, ...place.settings, FEEDS: 'none', DATA_DIR: place.directory };
      const second = await endOf(runProgram(place.folder, ['serve'], env));
      expect(second.code).toBe(1);
      expect(second.errors).toBe(
        `tickwire: Expected ${place.directory} to be used by nobody else, ` +
          `but process ${program.child.pid} has it\n`,
      );
      expect(second.output).not.toContain('Listening');
      program.child.kill('SIGTERM');
      expect(await program.exited).toBe(0);
    },
    TIMEOUT_MS,
  );
}

describe('with the embedded database', () => {
  testServers(async () => {
    const folder = await createDirectoryForTest();
    const directory = join(folder, 'data');
    return { folder, directory, database: { type: 'embedded', directory }, settings: {} };
  });
});

if (postgresBinaries === undefined) {
  test.skip('PostgreSQL is skipped: it has no programs in /usr/lib/postgresql', () => undefined);
}

describe.skipIf(postgresBinaries === undefined)('with PostgreSQL', () => {
  let server: PrivatePostgres;

  beforeAll(async () => {
    server = await startPrivatePostgres();
  });
  afterAll(() => server.close());

  testServers(async () => {
    const folder = await createDirectoryForTest();
    const address = await server.createDatabase();
    return {
      folder,
      directory: join(folder, 'data'),
      database: { type: 'postgres', address },
      settings: postgresSettings(address),
    };
  });
});
