import { type Interval, granularityOf } from '@tickwire/protocol';
import { z } from 'zod';
import type { SidedCandle } from '../domain/sided-candle.ts';
import { CANDLES } from './answer-schemas.ts';
import { prefersCsv } from './accepted-type.ts';
import { type Content, answer } from './answer.ts';
import { type CandlesToWrite, formatCandlesAsCsv, formatCandlesAsJson } from './candle-text.ts';
import { BadRequestError, NotFoundError } from './problem.ts';
import { CANDLES_QUERY, INSTRUMENT_PARAMS, formatCandleCursor } from './request-schemas.ts';
import { type RestApp, type RestContext, documented } from './rest-route.ts';
import type { CandleReader, InstrumentNames } from './rest-sources.ts';
import { Turns } from './turns.ts';

type CandlesQuery = z.output<typeof CANDLES_QUERY>;

const JSON_TYPE = 'application/json; charset=utf-8';
const CSV_TYPE = 'text/csv; charset=utf-8';

/** Making an answer of more candles takes a turn: one of 5,000 is 1 MB of text. */
const MANY_CANDLES = 500;

const DESCRIPTION = `Candles that are over, oldest first. With \`start_time\` the first of them from
then on, without it the newest. Where there are more, \`next_cursor\` (also as a header \`Link\` with
\`rel="next"\`) goes on from there: with \`start_time\` to later ones, without it to earlier ones.`;

/** Adds the candles that are kept. */
export function addCandleRoutes(app: RestApp, { sources, times }: RestContext): void {
  const documentation = documented('Market data', 'Candles of an instrument', CANDLES);
  const turns = new Turns();
  app.get(
    '/candles/:instrument',
    {
      schema: {
        params: INSTRUMENT_PARAMS,
        querystring: CANDLES_QUERY,
        ...documentation,
        description: DESCRIPTION,
        response: {
          ...documentation.response,
          200: {
            description: 'The candles',
            content: {
              'application/json': { schema: CANDLES },
              'text/csv': { schema: z.string() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const instrument = sources.instruments.resolve(request.params.instrument);
      refuseImpossible(sources.instruments, instrument, query);
      const isCsv = (query.format ?? (prefersCsv(request.headers.accept) ? 'csv' : '')) === 'csv';
      const make = (): Promise<CandleContent> =>
        makeContent({ sources, times }, { instrument, isCsv }, query);
      const made = await (query.limit > MANY_CANDLES ? turns.take(make) : make());
      if (made.nextCursor !== undefined) {
        void reply.header('link', `<${nextAddress(request.url, made.nextCursor)}>; rel="next"`);
      }
      void reply.header('vary', 'accept');
      return answer(request, reply, made.content);
    },
  );
}

interface CandleContent {
  readonly content: Content;
  readonly nextCursor: string | undefined;
}

/** Rejects with a NotFoundError where there are no candles. */
async function makeContent(
  { sources, times }: Pick<RestContext, 'sources' | 'times'>,
  { instrument, isCsv }: { readonly instrument: string; readonly isCsv: boolean },
  query: CandlesQuery,
): Promise<CandleContent> {
  const granularity = granularityOf(query.granularity);
  const { candles, nextCursor } = await readPage(sources.candles, { instrument }, query);
  if (candles.length === 0) {
    throw new NotFoundError(`There are no ${granularity} candles of ${instrument} here`);
  }
  const written: CandlesToWrite = {
    instrument,
    granularity,
    candles,
    nextCursor,
    formatTime: (time) => times.format(time),
  };
  const content = isCsv
    ? { text: formatCandlesAsCsv(written), type: CSV_TYPE }
    : { text: formatCandlesAsJson(written, query.decimals), type: JSON_TYPE };
  return { content, nextCursor };
}

function refuseImpossible(
  { intervalsOf }: InstrumentNames,
  instrument: string,
  { granularity, start_time: from, end_time: to }: CandlesQuery,
): void {
  const intervals = intervalsOf(instrument);
  if (!intervals.includes(granularity)) {
    const names = intervals.map((interval: Interval) => granularityOf(interval)).join(', ');
    throw new BadRequestError(`granularity: expected one of ${names} for ${instrument}`);
  }
  if (from !== undefined && to !== undefined && from >= to) {
    throw new BadRequestError('end_time: expected a time after start_time');
  }
}

interface CandlePage {
  readonly candles: readonly SidedCandle[];
  readonly nextCursor: string | undefined;
}

async function readPage(
  reader: CandleReader | undefined,
  { instrument }: { readonly instrument: string },
  { granularity: interval, limit, start_time: from, end_time: to, cursor }: CandlesQuery,
): Promise<CandlePage> {
  if (reader === undefined) {
    throw new NotFoundError('No candles are kept here');
  }
  const isForward = cursor === undefined ? from !== undefined : cursor.direction === 'after';
  const span = {
    from: Math.max(from ?? 0, isForward ? (cursor?.time ?? 0) : 0),
    to: Math.min(to ?? Infinity, isForward ? Infinity : (cursor?.time ?? Infinity)),
  };
  const pick = isForward ? 'oldest' : 'newest';
  // One more than wanted tells whether there are more.
  const found = await readConfirmed(reader, { instrument, interval, ...span, pick }, limit + 1);
  const isMore = found.length > limit;
  const candles = !isMore ? found : isForward ? found.slice(0, -1) : found.slice(1);
  const edge = isForward ? found.at(-1) : candles[0];
  const nextCursor =
    isMore && edge !== undefined
      ? formatCandleCursor({ direction: isForward ? 'after' : 'before', time: edge.start })
      : undefined;
  return { candles, nextCursor };
}

type ConfirmedQuery = Omit<Parameters<CandleReader['candles']>[0], 'limit'> & {
  readonly from: number;
  readonly to: number;
};

/** So many confirmed candles; those that are not may stand between them after an outage. */
async function readConfirmed(
  reader: CandleReader,
  query: ConfirmedQuery,
  wanted: number,
): Promise<readonly SidedCandle[]> {
  let { from, to } = query;
  let confirmed: readonly SidedCandle[] = [];
  for (;;) {
    const limit = wanted - confirmed.length;
    const page = await reader.candles({ ...query, from, to, limit });
    const more = page.filter(({ isConfirmed }) => isConfirmed);
    confirmed = query.pick === 'oldest' ? [...confirmed, ...more] : [...more, ...confirmed];
    const [first, last] = [page[0], page.at(-1)];
    if (page.length < limit || confirmed.length >= wanted || !first || !last) {
      return confirmed;
    }
    from = query.pick === 'oldest' ? last.start + 1 : from;
    to = query.pick === 'newest' ? first.start : to;
  }
}

/** The address of this request with the cursor in the place of an earlier one. */
function nextAddress(url: string, cursor: string): string {
  const [path = '', search] = url.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('cursor', cursor);
  return `${path}?${query.toString()}`;
}
