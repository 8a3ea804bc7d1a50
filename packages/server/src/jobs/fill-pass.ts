import { FeedError, StoreError } from '../domain/errors.ts';

export interface FillPassOptions<T> {
  readonly tasks: readonly T[];
  /** How many are worked on at once. */
  readonly atOnce: number;
  /** Works on one and resolves with whether it is complete. */
  readonly work: (task: T) => Promise<boolean>;
  /** Called with what kept a task from being worked on. */
  readonly onTrouble: (task: T, error: unknown) => void;
  readonly signal: AbortSignal;
}

export interface FillPassResult<T> {
  /** What is worth another try: what was not begun, and then what is not complete. */
  readonly rest: readonly T[];
  /** How many tasks are not worth one, because the venue refuses them or we fail at them. */
  readonly failed: number;
  /**
   * How long to leave alone at least what would keep every other task from being done as well:
   * Infinity where it does not pass by itself, undefined where there is no such trouble.
   */
  readonly pauseMs: number | undefined;
}

/** Works on tasks in their order, until trouble that concerns them all. Never rejects. */
export async function passThrough<T>({
  tasks,
  atOnce,
  work,
  onTrouble,
  signal,
}: FillPassOptions<T>): Promise<FillPassResult<T>> {
  const waiting = [...tasks];
  const incomplete: T[] = [];
  const pausesMs: number[] = [];
  let failed = 0;
  const isOver = (): boolean => pausesMs.length > 0 || signal.aborted;
  const workOff = async (): Promise<void> => {
    while (!isOver()) {
      const [task] = waiting.splice(0, 1);
      if (task === undefined) {
        return;
      }
      try {
        if (!(await work(task))) {
          incomplete.push(task);
        }
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        onTrouble(task, error);
        const pauseMs = pauseAfter(error);
        if (pauseMs === undefined) {
          failed += 1;
        } else {
          incomplete.push(task);
          pausesMs.push(pauseMs);
        }
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, workOff));
  const pauseMs = pausesMs.length === 0 ? undefined : Math.max(...pausesMs);
  return { rest: [...waiting, ...incomplete], failed, pauseMs };
}

/** Undefined for what concerns one task only. */
function pauseAfter(error: unknown): number | undefined {
  if (error instanceof StoreError) {
    return error.retryable ? 0 : Infinity;
  }
  if (!(error instanceof FeedError)) {
    return undefined;
  }
  switch (error.code) {
    case 'FEED_UNAUTHORIZED':
      return Infinity;
    case 'FEED_REFUSED':
    case 'FEED_INVALID_ANSWER':
      return undefined;
    default:
      return error.retryAfterMs ?? 0;
  }
}
