import { granularityOf } from '@tickwire/protocol';
import type { HistoryProgress } from '../app/history-request.ts';
import { formatNumber } from './print.ts';

/** Shows how far a command is, on standard error. */
export interface ProgressDisplay {
  show(progress: HistoryProgress): void;
  /** Writes a line that stays. */
  write(line: string): void;
  /** Takes away what is not to stay; MAY be called again. */
  end(): void;
}

/** A terminal, or what stands in its place. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_WIDTH = 20;
const DRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 1_000;
/** Back to the beginning of the line, and clear it. */
const CLEAR = '\r\u001b[K';

/**
 * A bar on a terminal, else a line a second at most. It only ever writes: a display that took over
 * the keyboard would take Ctrl-C away from those who end what they have begun.
 */
export function createProgress(output: ProgressOutput, now: () => number): ProgressDisplay {
  const isTerminal = output.isTTY === true;
  const everyMs = isTerminal ? DRAW_EVERY_MS : LINE_EVERY_MS;
  let isDrawn = false;
  let nextAt = -Infinity;

  function end(): void {
    if (isDrawn) {
      isDrawn = false;
      output.write(CLEAR);
    }
  }

  return {
    show(progress) {
      if (now() < nextAt) {
        return;
      }
      nextAt = now() + everyMs;
      if (isTerminal) {
        isDrawn = true;
        const line = `${barOf(progress.share)} ${describe(progress)}`;
        output.write(`${CLEAR}${line.slice(0, (output.columns ?? 80) - 1)}`);
      } else {
        output.write(`${describe(progress)}\n`);
      }
    },
    write(line) {
      end();
      output.write(`${line}\n`);
      nextAt = isTerminal ? -Infinity : nextAt;
    },
    end,
  };
}

function describe({ instrument, interval, done, total, share }: HistoryProgress): string {
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const candles = `${formatNumber(done)} of ${formatNumber(total)} candles`;
  return `${percent}  ${instrument} ${granularityOf(interval)} ${candles}`;
}

function barOf(share: number): string {
  const full = Math.floor(Math.min(1, share) * BAR_WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
}
