/** A process that saves rows: with our store, or with one INSERT per row. */
import { setTimeout } from 'node:timers/promises';
import { serveCalls } from '../child.js';
import { meterLoop } from '../store/loop-meter.js';
import { openPlainSession, versionOf } from '../store/plain-session.js';
import { batchesOf } from './batches.js';
import { openPlainWriter, openStoreWriter } from './writers.js';

/** @type {import('../store/databases.js').DatabaseConfig | undefined} */
let database;
/** @type {import('./writers.js').Writer | undefined} */
let writer;

/** @type {import('./messages.js').IngestMethods} */
const methods = {
  async start({ subject, database: given, warmUp }) {
    database = given;
    writer = await openStoreWriter(given);
    await saveAll(writer, warmUp);
    if (subject !== 'tickwire') {
      await writer.close();
      writer = await openPlainWriter(given, subject === 'transactions');
      await saveAll(writer, warmUp);
    }
    return {};
  },
  async idle({ seconds }) {
    const { result: _, ...time } = await meterLoop(() => setTimeout(seconds * 1_000));
    return time;
  },
  async measure(step) {
    if (writer === undefined) {
      throw new Error('Expected start before measure');
    }
    const { save } = writer;
    const batches = batchesOf(step);
    const { result, ...time } = await meterLoop(async () => {
      const news = [];
      for (const batch of batches) {
        news.push(await save(step.kind, batch));
      }
      return news;
    });
    const news = result.filter((count) => count !== undefined);
    return {
      ...time,
      news: news.length === 0 ? null : news.reduce((total, count) => total + count, 0),
    };
  },
  async finish() {
    if (writer === undefined || database === undefined) {
      throw new Error('Expected start before finish');
    }
    await writer.close();
    const session = await openPlainSession(database);
    const version = await versionOf(session);
    const counts = {
      'crypto candles': await count(session, 'crypto_candles'),
      'FX candles': await count(session, 'oanda_candles'),
      quotes: await count(session, 'real_time_prices_audit'),
    };
    await session.close();
    return { counts, version };
  },
};
serveCalls(methods);

/**
 * @param {import('./writers.js').Writer} to
 * @param {readonly import('./plan.js').Step[]} steps
 */
async function saveAll(to, steps) {
  for (const step of steps) {
    for (const batch of batchesOf(step)) {
      await to.save(step.kind, batch);
    }
  }
}

/**
 * @param {import('../store/plain-session.js').PlainSession} session
 * @param {string} table
 */
async function count(session, table) {
  const [row] = await session.query(`SELECT count(*)::int AS count FROM ${table}`);
  return Number(row?.['count']);
}
