import { expect, onTestFinished, test } from 'vitest';
import { compose } from '../../src/app/compose.ts';
import { parseConfig } from '../../src/app/config.ts';
import { startFakePostgres } from '../support/fake-postgres.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createDirectoryForTest } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const SHUTDOWN_TIMEOUT_MS = 10_000;

test('a database that does not answer while it is opened lets all parts stop in time', async () => {
  let isDown = true;
  let asked = 0;
  const { port } = await startFakePostgres((socket) => {
    asked += 1;
    if (isDown) {
      socket.destroy();
    }
  });
  const clock = new ManualClock();
  const logger = createRecordingLogger();
  const config = parseConfig({
    API_PORT: 'off',
    LIVE_PORT: 'off',
    WEBSOCKET_HOST: '127.0.0.1',
    WEBSOCKET_PORT: '0',
    FEEDS: 'none',
    DATA_DIR: await createDirectoryForTest(),
    DB_HOST: '127.0.0.1',
    DB_PORT: String(port),
    DB_NAME: 'name',
    DB_USER: 'user',
    SHUTDOWN_TIMEOUT: String(SHUTDOWN_TIMEOUT_MS / 1_000),
  });
  const server = compose({ config, clock, logger });
  onTestFinished(() => server.close());
  await server.start();
  isDown = false;
  const before = asked;
  await clock.advance(5_000);
  await waitFor(() => asked > before, 'another attempt');

  const closedFrom = clock.elapsed();
  let isClosed = false;
  const closing = server.close().then(() => {
    isClosed = true;
  });
  await waitFor(async () => {
    await clock.advance(100);
    return isClosed;
  }, 'the end');
  await closing;
  expect(logger.lines.filter(({ message }) => message.includes('stop in time'))).toEqual([]);
  expect(clock.elapsed() - closedFrom).toBeLessThan(SHUTDOWN_TIMEOUT_MS);
});
