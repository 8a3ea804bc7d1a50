import { constants } from 'node:os';
import { systemClock } from '../app/clock.ts';
import type { Config } from '../app/config.ts';
import { connectControl } from '../app/control-client.ts';
import { controlPath } from '../app/control-path.ts';
import type { HistoryCommands, HistoryWatch } from '../app/history-request.ts';
import type { JobCommands } from '../app/job-request.ts';
import { openHistory, requireHistory } from '../app/open-history.ts';
import { createErrorLogger } from './error-logger.ts';
import { createProgress } from './progress.ts';

/** How a command has ended. */
export type HistoryOutcome<Answer> =
  | { readonly answer: Answer }
  /** A signal has ended it, which makes this its exit code. */
  | { readonly exitCode: number };

/** npm passes a Ctrl-C on to a child that has had it from the terminal already. */
const SAME_PRESS_MS = 500;
/** As a shell says that a signal has ended a program. */
const SIGNAL_EXIT_CODE = 128;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface RunHistoryOptions {
  readonly config: Config;
  /** Whether how far it is and what it warns of is shown. */
  readonly isQuiet: boolean;
}

/**
 * Runs a command: by the server that uses the data directory, or else here. A signal ends it in
 * order, a second one at once.
 */
export async function runHistory<Answer>(
  { config, isQuiet }: RunHistoryOptions,
  work: (commands: HistoryCommands & JobCommands, watch: HistoryWatch) => Promise<Answer>,
): Promise<HistoryOutcome<Answer>> {
  const { directory } = requireHistory(config);
  const interruption = interruptible();
  const { signal } = interruption;
  const progress = createProgress(process.stderr, () => systemClock.elapsed());
  const watch: HistoryWatch = {
    signal,
    onProgress: (state) => {
      if (!isQuiet) {
        progress.show(state);
      }
    },
    onWarning: (text) => {
      progress.write(`tickwire: ${text}`);
    },
  };
  try {
    const server = await connectControl(controlPath(directory));
    if (server !== undefined) {
      return { answer: await work(server, watch) };
    }
    const logger = createErrorLogger();
    const history = await openHistory({ config, clock: systemClock, logger });
    try {
      signal.throwIfAborted();
      return { answer: await work(history.commands, watch) };
    } finally {
      progress.end();
      await history.close();
    }
  } catch (error) {
    const exitCode = interruption.exitCode();
    if (exitCode === undefined) {
      throw error;
    }
    return { exitCode };
  } finally {
    progress.end();
    interruption.end();
  }
}

/** What signals end; the exit code is that of the first of them. */
function interruptible() {
  const controller = new AbortController();
  let first: { readonly exitCode: number; readonly at: number } | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    const exitCode = SIGNAL_EXIT_CODE + constants.signals[name];
    if (first === undefined) {
      first = { exitCode, at: systemClock.elapsed() };
      controller.abort();
    } else if (systemClock.elapsed() - first.at > SAME_PRESS_MS) {
      process.exit(exitCode);
    }
  };
  for (const name of SIGNALS) {
    process.on(name, onSignal);
  }
  return {
    signal: controller.signal,
    exitCode: () => first?.exitCode,
    end: () => {
      for (const name of SIGNALS) {
        process.off(name, onSignal);
      }
    },
  };
}
