import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { SqlRow } from '../ports/sql.ts';
import type { PgliteReply, PgliteRequest, PgliteWorkerData } from './pglite-messages.ts';
import { parserOf } from './sql-values.ts';

/**
 * The thread in which PGlite runs: a statement blocks the thread that it runs in, which must not be
 * the one that serves clients.
 */

/** PostgreSQL's own messages are errors that the caller gets; the log is not the place for them. */
const IS_QUIET = (): boolean => true;

async function open(): Promise<PGlite> {
  const { directory } = workerData as PgliteWorkerData;
  if (!existsSync(directory)) {
    await create(directory);
  }
  const database = await openAt(directory);
  for (const type of Object.keys(database.parsers)) {
    database.parsers[type] = parserOf(Number(type));
  }
  await database.exec("SET TIME ZONE 'UTC'; SET DATESTYLE = 'ISO'");
  return database;
}

/** Under another name first: what a kill leaves half made must not be taken for a database. */
async function create(directory: string): Promise<void> {
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const database = await openAt(unfinished);
  await database.close();
  await rename(unfinished, directory);
}

async function openAt(directory: string): Promise<PGlite> {
  return PGlite.create({ dataDir: directory, onStdout: IS_QUIET, onStderr: IS_QUIET });
}

/** What cannot be closed is mended from its log when it is opened again. */
async function close(): Promise<void> {
  await opening.then((database) => database.close()).catch(() => undefined);
  parentPort?.close();
}

async function answer(work: () => Promise<readonly SqlRow[]>): Promise<void> {
  let reply: PgliteReply;
  try {
    reply = { type: 'rows', rows: await work() };
  } catch (error) {
    const { message, code } = error as { message?: unknown; code?: unknown };
    reply = {
      type: 'error',
      message: String(message ?? error),
      sqlState: typeof code === 'string' ? code : undefined,
    };
  }
  parentPort?.postMessage(reply);
}

const opening = open();
await answer(async () => {
  await opening;
  return [];
});
parentPort?.on('message', (request: PgliteRequest) => {
  if (request.type === 'close') {
    void close();
  } else {
    void answer(async () => {
      const database = await opening;
      const { rows } = await database.query<SqlRow>(request.text, [...request.parameters]);
      return rows;
    });
  }
});
