import type { Job, JobName, JobReport, JobTask } from '../../src/ports/job.ts';

/** A job that does what a test says. */
export class ScriptedJob implements Job {
  readonly name: JobName;
  readonly schedule: string;
  /** The fire times of the runs that have begun. */
  readonly begun: number[] = [];
  /** Of those, that have ended by themselves. */
  readonly done: number[] = [];
  running = 0;
  /** What a run does before it reports; by default nothing. */
  work: (task: JobTask) => Promise<void> = () => Promise.resolve();
  report: JobReport = { records: 1, failures: [] };
  isWhole = true;

  constructor(name: JobName = 'hourly', schedule = '0 * * * *') {
    this.name = name;
    this.schedule = schedule;
  }

  async run(task: JobTask): Promise<JobReport> {
    this.begun.push(task.fireTime);
    this.running += 1;
    try {
      await this.work(task);
      this.done.push(task.fireTime);
      return this.report;
    } finally {
      this.running -= 1;
    }
  }

  isComplete(): Promise<boolean> {
    return Promise.resolve(this.isWhole);
  }
}

/** Never ends by itself; rejects with the signal's reason. */
export function untilStopped({ signal }: JobTask): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
