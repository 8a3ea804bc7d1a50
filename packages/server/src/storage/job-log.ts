import {
  JOB_NAMES,
  JOB_STATUSES,
  type JobClaim,
  type JobClaimed,
  type JobLog,
  type JobOutcome,
  type JobRun,
} from '../ports/job.ts';
import type { SqlClient, SqlRow, SqlSession } from '../ports/sql.ts';
import { integerOf, optionalTextOf, textOf, timeOf, toSqlTime } from './sql-values.ts';

/** Keeps two processes from claiming at the same time: runs are few and claims are short. */
const CLAIM_LOCK = 0x6a6f62;

const COLUMNS = `id, job_name, fire_time, start_time, end_time, status, error_message,
                 records_processed, attempt`;

const EXPIRE = `
  UPDATE cron_job_log
     SET status = 'failed', end_time = least(lease_until, $2),
         duration = greatest(0, extract(epoch FROM least(lease_until, $2) - start_time)),
         error_message = 'Its process ended, or did not answer, before it was done'
   WHERE job_name = $1 AND status = 'running' AND (lease_until <= $2 OR lease_until > $3)`;

const ABANDON = `
  UPDATE cron_job_log
     SET status = 'failed', end_time = $1, duration = extract(epoch FROM $1 - start_time),
         error_message = 'Its process ended before it was done'
   WHERE status = 'running' AND lease_until IS NOT NULL AND start_time < $1`;

const CLAIM = `
  INSERT INTO cron_job_log AS run
         (job_name, fire_time, start_time, lease_until, owner, status, attempt)
  VALUES ($1, $2, $3, $4, $5, 'running', 1)
  ON CONFLICT (job_name, fire_time) DO UPDATE
    SET start_time = excluded.start_time, end_time = NULL, duration = NULL,
        status = 'running', error_message = NULL, records_processed = NULL,
        lease_until = excluded.lease_until, owner = excluded.owner, attempt = run.attempt + 1
  RETURNING ${COLUMNS}`;

const IS_OWN = `id = $1 AND owner = $2 AND attempt = $3 AND status = 'running'`;

/** The job log in `cron_job_log`; see {@link JobLog}. */
export class SqlJobLog implements JobLog {
  readonly #client: SqlClient;

  constructor(client: SqlClient) {
    this.#client = client;
  }

  async claim(claim: JobClaim): Promise<JobClaimed> {
    return this.#client.transaction(async (session) => {
      await session.query('SELECT pg_advisory_xact_lock($1)', [CLAIM_LOCK]);
      const { job, now, leaseUntil } = claim;
      // Nobody's clock is so far ahead: one was, and has been set back.
      const impossible = leaseUntil + (leaseUntil - now);
      await session.query(EXPIRE, [job, toSqlTime(now), toSqlTime(impossible)]);
      return (
        (await findBusy(session, claim)) ??
        (await findSettled(session, claim)) ?? { type: 'claimed', run: await take(session, claim) }
      );
    });
  }

  async renew({ id, attempt }: JobRun, owner: string, until: number): Promise<boolean> {
    const rows = await this.#client.query(
      `UPDATE cron_job_log SET lease_until = $4 WHERE ${IS_OWN} RETURNING id`,
      [id, owner, attempt, toSqlTime(until)],
    );
    return rows.length > 0;
  }

  async finish({ id, attempt }: JobRun, owner: string, outcome: JobOutcome): Promise<boolean> {
    const { type, endedAt, error, records } = outcome;
    const rows = await this.#client.query(
      `UPDATE cron_job_log
          SET status = $4, end_time = $5, duration = extract(epoch FROM $5 - start_time),
              error_message = $6, records_processed = $7, attempt = attempt - $8::integer
        WHERE ${IS_OWN} RETURNING id`,
      [
        id,
        owner,
        attempt,
        type === 'success' ? 'success' : 'failed',
        toSqlTime(endedAt),
        error ?? null,
        records ?? null,
        type === 'stopped' ? 1 : 0,
      ],
    );
    return rows.length > 0;
  }

  async abandonBefore(time: number): Promise<void> {
    await this.#client.query(ABANDON, [toSqlTime(time)]);
  }

  async newest(): Promise<readonly JobRun[]> {
    const rows = await this.#client.query(
      `SELECT newest.* FROM unnest($1::text[]) AS job (name)
         CROSS JOIN LATERAL (
           SELECT ${COLUMNS} FROM cron_job_log
            WHERE job_name = job.name AND fire_time IS NOT NULL
            ORDER BY fire_time DESC LIMIT 1
         ) AS newest`,
      [JOB_NAMES],
    );
    return rows.map(toRun);
  }

  async forgetBefore(time: number): Promise<number> {
    const rows = await this.#client.query(
      `DELETE FROM cron_job_log WHERE fire_time < $1 AND status <> 'running' RETURNING id`,
      [toSqlTime(time)],
    );
    return rows.length;
  }
}

/** Only those that have a lease: another program's may say for ever that they are running. */
async function findBusy(session: SqlSession, { job }: JobClaim): Promise<JobClaimed | undefined> {
  const [row] = await session.query(
    `SELECT fire_time, lease_until FROM cron_job_log
      WHERE job_name = $1 AND status = 'running' AND lease_until IS NOT NULL LIMIT 1`,
    [job],
  );
  return (
    row && { type: 'busy', fireTime: timeOf(row, 'fire_time'), until: timeOf(row, 'lease_until') }
  );
}

async function findSettled(
  session: SqlSession,
  { job, fireTime, maxAttempts }: JobClaim,
): Promise<JobClaimed | undefined> {
  const [row] = await session.query(
    `SELECT ${COLUMNS} FROM cron_job_log
      WHERE job_name = $1 AND fire_time = $2 AND (status = 'success' OR attempt >= $3)`,
    [job, toSqlTime(fireTime), maxAttempts],
  );
  return row && { type: 'settled', run: toRun(row) };
}

async function take(
  session: SqlSession,
  { job, fireTime, now, leaseUntil, owner }: JobClaim,
): Promise<JobRun> {
  const [row = {}] = await session.query(CLAIM, [
    job,
    toSqlTime(fireTime),
    toSqlTime(now),
    toSqlTime(leaseUntil),
    owner,
  ]);
  return toRun(row);
}

function toRun(row: SqlRow): JobRun {
  const [endedAt, error] = [optionalTextOf(row, 'end_time'), optionalTextOf(row, 'error_message')];
  const records = optionalTextOf(row, 'records_processed');
  return {
    id: integerOf(row, 'id'),
    job: oneOf(JOB_NAMES, textOf(row, 'job_name')),
    fireTime: timeOf(row, 'fire_time'),
    startedAt: timeOf(row, 'start_time'),
    ...(endedAt === undefined ? {} : { endedAt: Date.parse(endedAt) }),
    status: oneOf(JOB_STATUSES, textOf(row, 'status')),
    ...(error === undefined ? {} : { error }),
    ...(records === undefined ? {} : { records: Number(records) }),
    attempt: integerOf(row, 'attempt'),
  };
}

function oneOf<Name extends string>(names: readonly Name[], text: string): Name {
  const name = names.find((known) => known === text);
  if (name === undefined) {
    throw new TypeError(`Expected one of ${names.join(', ')}, got ${text}`);
  }
  return name;
}
