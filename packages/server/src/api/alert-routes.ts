import { type KeptAlert, formatAlert } from '../domain/kept-alert.ts';
import type { z } from 'zod';
import { ALERTS } from './answer-schemas.ts';
import { answer, jsonContent } from './answer.ts';
import { ALERTS_QUERY, formatAlertCursor } from './request-schemas.ts';
import { type RestApp, type RestContext, type TimeFormat, documented } from './rest-route.ts';
import type { AlertsReader } from './rest-sources.ts';

type AlertsQuery = z.output<typeof ALERTS_QUERY>;
type Answer = Omit<z.output<typeof ALERTS>, 'timestamp'>;

const DESCRIPTION = `Oldest first. With \`since\` the first alerts of that time or later, and where
there are more a \`next_cursor\` that goes on from there; without it the newest. \`since=0\` begins with
the first there is.`;

/** Adds the alerts that were published. */
export function addAlertRoutes(app: RestApp, { sources, times }: RestContext): void {
  app.get(
    '/alerts',
    {
      schema: {
        querystring: ALERTS_QUERY,
        ...documented('Analytics', 'Alerts that were published', ALERTS),
        description: DESCRIPTION,
      },
    },
    async (request, reply) => {
      const { alerts, nextCursor } = await readPage(sources.alerts, request.query);
      const content: Answer = {
        count: alerts.length,
        alerts: alerts.map((alert) => toAnswer(alert, times)),
        ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
      };
      return answer(request, reply, jsonContent(content), times.timestamp());
    },
  );
}

interface AlertPage {
  readonly alerts: readonly KeptAlert[];
  readonly nextCursor: string | undefined;
}

async function readPage(
  reader: AlertsReader,
  { since, instrument, severity, limit, cursor }: AlertsQuery,
): Promise<AlertPage> {
  const filter = {
    ...(instrument === undefined ? {} : { instrument }),
    ...(severity === undefined ? {} : { severity }),
  };
  if (since === undefined && cursor === undefined) {
    return {
      alerts: await reader.alerts({ ...filter, limit, pick: 'newest' }),
      nextCursor: undefined,
    };
  }
  const { time, told } = cursor ?? { time: since ?? 0, told: 0 };
  // One more than wanted tells whether there are more.
  const found = await reader.alerts({
    ...filter,
    since: time,
    limit: told + limit + 1,
    pick: 'oldest',
  });
  const end = told + limit;
  const last = found[end - 1];
  const nextCursor =
    found.length > end && last !== undefined
      ? formatAlertCursor({
          time: last.time,
          told: found.slice(0, end).filter((alert) => alert.time === last.time).length,
        })
      : undefined;
  return { alerts: found.slice(told, end), nextCursor };
}

function toAnswer({ id, time, event }: KeptAlert, times: TimeFormat): Answer['alerts'][number] {
  const { threshold, severity } = event;
  const rest = { threshold, severity, message: formatAlert(event), timestamp: times.format(time) };
  return event.type === 'volatilityAlert'
    ? {
        id,
        type: 'volatility_alert',
        instrument: event.instrument,
        volatility: event.volatility,
        ...rest,
      }
    : {
        id,
        type: 'correlation_alert',
        pair1: event.pair1,
        pair2: event.pair2,
        correlation: event.correlation,
        ...rest,
      };
}
