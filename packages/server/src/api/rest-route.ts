import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { type TimestampStyle, formatTimestamp, formatVenueTime } from '../domain/timestamps.ts';
import { PROBLEM } from './answer-schemas.ts';
import type { RestSources } from './rest-sources.ts';

/** An application whose routes say with zod what they take. */
export type RestApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What every route has to answer with. */
export interface RestContext {
  readonly sources: RestSources;
  readonly times: TimeFormat;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How times are written to clients. */
export class TimeFormat {
  readonly #now: () => number;
  readonly #style: TimestampStyle;

  constructor(now: () => number, style: TimestampStyle) {
    this.#now = now;
    this.#style = style;
  }

  /** Now. */
  timestamp(): string {
    return this.format(this.#now());
  }

  /** A time in epoch milliseconds. */
  format(time: number): string {
    return formatTimestamp(time, this.#style);
  }

  /** A venue's time, in its precision. */
  formatVenue(time: string): string {
    return formatVenueTime(time, this.#style);
  }
}

/** A part of the document. */
export type Tag = 'Market data' | 'Analytics' | 'Service';

/** What may go wrong anywhere. */
const PROBLEMS = { 400: PROBLEM, 404: PROBLEM, 429: PROBLEM, 500: PROBLEM, 503: PROBLEM };

/** The part of a route's schema that is its documentation. */
export function documented<Answer extends z.ZodType>(tag: Tag, summary: string, answer: Answer) {
  return { tags: [tag], summary, response: { 200: answer, ...PROBLEMS } };
}
