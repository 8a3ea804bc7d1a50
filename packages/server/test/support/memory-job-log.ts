import type { JobClaim, JobClaimed, JobLog, JobOutcome, JobRun } from '../../src/ports/job.ts';

interface Row {
  run: JobRun;
  owner: string;
  leaseUntil: number;
}

/** A job log in memory, for as many processes as share it; it keeps the contract of all. */
export class MemoryJobLog implements JobLog {
  /** Thrown in the place of an answer. */
  failure: Error | undefined;
  readonly #rows: Row[] = [];

  /** All runs, as they were first claimed. */
  get runs(): readonly JobRun[] {
    return this.#rows.map(({ run }) => run);
  }

  async claim(claim: JobClaim): Promise<JobClaimed> {
    await this.#turn();
    const { job, fireTime, owner, now, leaseUntil } = claim;
    const own = this.#rows.filter(({ run }) => run.job === job);
    for (const row of own.filter(({ run }) => run.status === 'running')) {
      if (row.leaseUntil <= now || row.leaseUntil > leaseUntil + (leaseUntil - now)) {
        const endedAt = Math.min(row.leaseUntil, now);
        row.run = { ...row.run, status: 'failed', endedAt, error: 'ran out' };
      } else {
        return { type: 'busy', fireTime: row.run.fireTime, until: row.leaseUntil };
      }
    }
    const known = own.find(({ run }) => run.fireTime === fireTime);
    if (
      known !== undefined &&
      (known.run.status === 'success' || known.run.attempt >= claim.maxAttempts)
    ) {
      return { type: 'settled', run: known.run };
    }
    const attempt = (known?.run.attempt ?? 0) + 1;
    const id = known?.run.id ?? this.#rows.length + 1;
    const run: JobRun = { id, job, fireTime, startedAt: now, status: 'running', attempt };
    if (known === undefined) {
      this.#rows.push({ run, owner, leaseUntil });
    } else {
      Object.assign(known, { run, owner, leaseUntil });
    }
    return { type: 'claimed', run };
  }

  async renew(run: JobRun, owner: string, until: number): Promise<boolean> {
    await this.#turn();
    const row = this.#held(run, owner);
    if (row !== undefined) {
      row.leaseUntil = until;
    }
    return row !== undefined;
  }

  async finish(run: JobRun, owner: string, outcome: JobOutcome): Promise<boolean> {
    await this.#turn();
    const row = this.#held(run, owner);
    if (row !== undefined) {
      const { type, ...ended } = outcome;
      const status = type === 'success' ? 'success' : 'failed';
      const attempt = row.run.attempt - (type === 'stopped' ? 1 : 0);
      row.run = { ...row.run, ...ended, status, attempt };
    }
    return row !== undefined;
  }

  async abandonBefore(time: number): Promise<void> {
    await this.#turn();
    for (const row of this.#rows) {
      if (row.run.status === 'running' && row.run.startedAt < time) {
        row.run = { ...row.run, status: 'failed', endedAt: time, error: 'abandoned' };
      }
    }
  }

  async newest(): Promise<readonly JobRun[]> {
    await this.#turn();
    const newest = new Map<string, JobRun>();
    for (const { run } of this.#rows) {
      const known = newest.get(run.job);
      if (known === undefined || known.fireTime < run.fireTime) {
        newest.set(run.job, run);
      }
    }
    return [...newest.values()].sort((a, b) => (a.job > b.job ? -1 : 1));
  }

  async forgetBefore(time: number): Promise<number> {
    await this.#turn();
    const old = this.#rows.filter(({ run }) => run.fireTime < time && run.status !== 'running');
    old.forEach((row) => this.#rows.splice(this.#rows.indexOf(row), 1));
    return old.length;
  }

  #held({ id, attempt }: JobRun, by: string): Row | undefined {
    return this.#rows.find(
      ({ run, owner }) =>
        run.id === id && owner === by && run.attempt === attempt && run.status === 'running',
    );
  }

  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}
