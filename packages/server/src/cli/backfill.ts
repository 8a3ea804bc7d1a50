import { granularityOf } from '@tickwire/protocol';
import type { Config } from '../app/config.ts';
import type { BackfillAnswer, BackfilledSeries } from '../app/history-request.ts';
import { type BackfillOptions, toBackfillRequest } from './history-options.ts';
import { formatCount, formatNumber, formatSpan, print } from './print.ts';
import { runHistory } from './run-history.ts';

/** Fetches candles and prints what became of them; resolves with the exit code. */
export async function backfill(config: Config, options: BackfillOptions): Promise<number> {
  const request = toBackfillRequest(options);
  const isJson = options.json === true;
  const outcome = await runHistory({ config, isQuiet: isJson }, (commands, watch) =>
    commands.backfill(request, watch),
  );
  if ('exitCode' in outcome) {
    const next = request.isAnew ? '' : ', and the same command goes on from there';
    process.stderr.write(`tickwire: Interrupted; what was saved stays${next}\n`);
    return outcome.exitCode;
  }
  const { answer } = outcome;
  await print(isJson ? JSON.stringify(answer) : describe(answer));
  return answer.series.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

function describe({ series }: BackfillAnswer): string {
  const sum = (name: 'saved' | 'absent' | 'missing'): string =>
    formatNumber(series.reduce((total, of) => total + of[name], 0));
  return [
    ...series.map(describeSeries),
    `${formatCount(series.length, 'series')}: ${sum('saved')} saved, ` +
      `${sum('absent')} absent at the venue, ${sum('missing')} still missing`,
  ].join('\n');
}

function describeSeries(series: BackfilledSeries): string {
  const { instrument, interval, saved, absent, missing, failure } = series;
  const name = `${instrument} ${granularityOf(interval)} ${formatSpan(series)}`;
  const counts =
    failure === undefined
      ? `${formatNumber(absent)} absent at the venue, ${formatNumber(missing)} still missing`
      : `${formatNumber(missing)} still missing: ${failure.message}`;
  return `${name} ${formatNumber(saved)} saved, ${counts}`;
}
