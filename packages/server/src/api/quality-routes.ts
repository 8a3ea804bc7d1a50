import { granularityOf } from '@tickwire/protocol';
import type { z } from 'zod';
import { QUALITY } from './answer-schemas.ts';
import { answer, jsonContent } from './answer.ts';
import { type RestApp, type RestContext, type TimeFormat, documented } from './rest-route.ts';
import type { InstrumentQuality } from './rest-sources.ts';

type Answer = Omit<z.output<typeof QUALITY>, 'timestamp'>;

/** Adds how good what is known of each instrument is. */
export function addQualityRoutes(app: RestApp, { sources, times }: RestContext): void {
  app.get(
    '/quality',
    { schema: documented('Service', 'How fresh and how complete the data is', QUALITY) },
    async (request, reply) => {
      const { instruments, rejectedCandles } = await sources.quality.quality();
      const content: Answer = {
        count: instruments.length,
        rejected_candles: rejectedCandles,
        instruments: instruments.map((one) => toAnswer(one, times)),
      };
      return answer(request, reply, jsonContent(content), times.timestamp());
    },
  );
}

function toAnswer(
  { instrument, lastQuoteTime, lastQuoteAgeMs, feed, candles }: InstrumentQuality,
  times: TimeFormat,
): Answer['instruments'][number] {
  return {
    instrument,
    last_quote_at: lastQuoteTime === undefined ? null : times.format(lastQuoteTime),
    last_quote_age: lastQuoteAgeMs === undefined ? null : lastQuoteAgeMs / 1_000,
    feed:
      feed === undefined
        ? null
        : {
            venue: feed.venue,
            state: feed.state,
            ...(feed.reason === undefined ? {} : { reason: feed.reason }),
            rejected_frames: feed.rejectedFrames,
          },
    candles: candles.map(({ interval, lastDay, lastMonth }) => ({
      granularity: granularityOf(interval),
      last_24h: lastDay,
      last_30d: lastMonth,
    })),
  };
}
