/** How a command's results are written, for people. */
import { minuteOf } from '../app/history-plan.ts';

/** Resolves once a text is on its way to standard output; a reader that has gone is no failure. */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      resolve();
    };
    process.stdout.once('error', done);
    process.stdout.write(`${text}\n`, done);
  });
}

/** A count with its thing: `1 candle`, `1,234 candles`. */
export function formatCount(count: number, thing: string): string {
  const plural = thing.endsWith('series') ? thing : `${thing}s`;
  return `${formatNumber(count)} ${count === 1 ? thing : plural}`;
}

export function formatNumber(count: number): string {
  return count.toLocaleString('en-US');
}

/** From a time until another. */
export function formatSpan({ from, to }: { readonly from: number; readonly to: number }): string {
  return `${minuteOf(from)} … ${minuteOf(to)}`;
}
