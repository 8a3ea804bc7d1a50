import { granularityOf } from '@tickwire/protocol';
import type { Config } from '../app/config.ts';
import type { GapsAnswer, SeriesGaps } from '../app/history-request.ts';
import { type HistoryOptions, toHistoryRequest } from './history-options.ts';
import { formatCount, formatNumber, formatSpan, print } from './print.ts';
import { runHistory } from './run-history.ts';

export interface GapsOptions extends HistoryOptions {
  readonly fill?: true;
}

/** Prints what is missing; resolves with the exit code, which is 1 where anything is. */
export async function gaps(config: Config, options: GapsOptions): Promise<number> {
  const request = { ...toHistoryRequest(options), fill: options.fill === true };
  const isJson = options.json === true;
  const outcome = await runHistory({ config, isQuiet: isJson }, (commands, watch) =>
    commands.gaps(request, watch),
  );
  if ('exitCode' in outcome) {
    process.stderr.write('tickwire: Interrupted\n');
    return outcome.exitCode;
  }
  const { answer } = outcome;
  await print(isJson ? JSON.stringify(answer) : describe(answer, request.fill));
  return answer.series.some((series) => series.gaps.length > 0) ? 1 : 0;
}

function describe({ series }: GapsAnswer, isFilled: boolean): string {
  const incomplete = series.filter((of) => of.gaps.length > 0);
  const all = incomplete.flatMap((of) => of.gaps);
  const missing = all.reduce((total, { count }) => total + count, 0);
  const saved = series.reduce((total, of) => total + of.saved, 0);
  const summary =
    all.length === 0
      ? `Nothing is missing in ${formatCount(series.length, 'series')}`
      : `${formatCount(all.length, 'gap')}, ${formatCount(missing, 'candle')} missing ` +
        `in ${formatNumber(incomplete.length)} of ${formatCount(series.length, 'series')}`;
  return [
    ...incomplete.flatMap(describeGaps),
    ...(isFilled ? [`${formatCount(saved, 'candle')} filled`] : []),
    summary,
  ].join('\n');
}

function describeGaps({ instrument, interval, gaps: found, failure }: SeriesGaps): string[] {
  const name = `${instrument} ${granularityOf(interval)}`;
  return [
    ...found.map((gap) => `${name} ${formatSpan(gap)} ${formatCount(gap.count, 'candle')}`),
    ...(failure === undefined ? [] : [`${name} could not be filled: ${failure.message}`]),
  ];
}
