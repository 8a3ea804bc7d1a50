import { type Server, createServer } from 'node:net';
import {
  type BybitSimulator,
  type OandaSimulator,
  createBybitSimulator,
  createOandaSimulator,
} from '@tickwire/simulator';
import { onTestFinished } from 'vitest';
import type { TimeSpan } from '../../src/domain/gaps.ts';
import type { CandleSeriesKey } from '../../src/ports/store.ts';
import { readVenueCandles } from './venue-candles.ts';

export interface SimulatedVenuesOptions {
  /** The venues' time when they begin: epoch milliseconds, in the past. */
  readonly startMs: number;
  /** How many times as fast as ours their clock runs. */
  readonly speed: number;
  readonly weekend: 'open' | 'closed';
}

/** Both venues, for a server that does not know that they are simulated here. */
export interface SimulatedVenues {
  /** What makes a server follow them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What time it is there: epoch milliseconds. */
  now(): number;
  /** From now on nobody is at the venues' addresses, and nobody else can be. */
  leave(): Promise<void>;
  /** They are there again, as if only the way to them had been broken. */
  comeBack(): Promise<void>;
  /** Their candles that begin within a span; see {@link readVenueCandles}. */
  candles(series: CandleSeriesKey, span: TimeSpan): Promise<readonly string[]>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTES_TO_NOON_MS = 11 * HOUR_MS + 50 * 60_000;
const SUNDAY = 0;
const SATURDAY = 6;

/**
 * Ten to twelve (UTC) of the newest working day at which it was that three hours ago: every market
 * is open then and for hours, and soon an hour is over.
 */
export function latestTradingMoment(): number {
  const last = Date.now() - 3 * HOUR_MS;
  let moment = Math.floor(last / DAY_MS) * DAY_MS + MINUTES_TO_NOON_MS;
  while (moment > last || [SUNDAY, SATURDAY].includes(new Date(moment).getUTCDay())) {
    moment -= DAY_MS;
  }
  return moment;
}

/** Running venues that are closed when the current test has finished. */
export async function startVenuesForTest({
  startMs,
  speed,
  weekend,
}: SimulatedVenuesOptions): Promise<SimulatedVenues> {
  const beganAt = Date.now();
  const now = (): number => Math.min(Date.now(), startMs + (Date.now() - beganAt) * speed);
  let running = await start({ rest: 0, stream: 0, bybit: 0 });
  const ports = {
    rest: portOf(running.oanda.restUrl),
    stream: portOf(running.oanda.streamUrl),
    bybit: portOf(running.bybit.restUrl),
  };
  let nobody: readonly Server[] = [];
  onTestFinished(close);

  async function start({ rest, stream, bybit }: Record<'rest' | 'stream' | 'bybit', number>) {
    const settings = { speed, weekend, startOffsetMs: now() - Date.now() };
    const simulators: { oanda: OandaSimulator; bybit: BybitSimulator } = {
      oanda: createOandaSimulator({ ...settings, restPort: rest, streamPort: stream }),
      bybit: createBybitSimulator({ ...settings, port: bybit }),
    };
    await Promise.all([simulators.oanda.start(), simulators.bybit.start()]);
    return simulators;
  }
  async function close(): Promise<void> {
    await Promise.all([running.oanda.close(), running.bybit.close(), ...nobody.map(closeServer)]);
  }

  return {
    settings: {
      OANDA_URL: running.oanda.restUrl,
      OANDA_STREAM_URL: running.oanda.streamUrl,
      BYBIT_WS_URL: running.bybit.wsUrl,
      BYBIT_REST_URL: running.bybit.restUrl,
    },
    now,
    leave: async () => {
      await close();
      // Or else another test's servers may get the ports, and be taken for the venues.
      nobody = await Promise.all(Object.values(ports).map(refuseAllAt));
    },
    comeBack: async () => {
      await Promise.all(nobody.map(closeServer));
      nobody = [];
      running = await start(ports);
    },
    candles: (series, span) => {
      const urls = { oanda: running.oanda.restUrl, bybit: running.bybit.restUrl };
      return readVenueCandles(urls, series, span);
    },
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

async function refuseAllAt(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
