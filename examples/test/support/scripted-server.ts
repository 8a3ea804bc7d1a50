import { type AddressInfo } from 'node:net';
import type { LiveCandle, LiveMessage } from '@tickwire/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { waitFor } from '../../../packages/server/test/support/wait-for.ts';

/** A server that says on each connection what a test tells it to, for what a real one rarely does. */
export interface ScriptedServer {
  readonly url: string;
  readonly connections: readonly WebSocket[];
  /** Connection number `index`, waited for. */
  connection(index: number): Promise<WebSocket>;
  close(): Promise<void>;
}

const SYMBOL = 'BTCUSDT';
const TIMEFRAME = '1';
const TIMESTAMP = '2026-01-05T10:00:30.000Z';
const FIRST_START = Date.parse('2026-01-05T10:00:00Z');
const MINUTE_MS = 60_000;

/** What a test has to say. */
export const SCRIPT = {
  confirmation: {
    success: true,
    message: 'Subscribed to BTCUSDT candles (1m)',
    subscription: { action: 'subscribe', type: 'candles', symbol: SYMBOL, timeframe: TIMEFRAME },
  },
  heartbeat: { type: 'heartbeat', timestamp: TIMESTAMP },
} as const satisfies Record<string, LiveMessage>;

/** The candle of a minute that rose by half a point, or what the fields make of it. */
export function candleOf(minute: number, fields: Partial<LiveCandle> = {}): LiveCandle {
  const start = FIRST_START + minute * MINUTE_MS;
  return {
    timestamp: start,
    start,
    end: start + MINUTE_MS - 1,
    open: '73583.10',
    high: '73584.00',
    low: '73582.50',
    close: '73583.60',
    volume: '12.500',
    turnover: '919795.0000',
    confirm: false,
    ...fields,
  };
}

export function snapshotOf(candles: readonly LiveCandle[]): LiveMessage {
  const about = { subscription: 'candles', symbol: SYMBOL, timeframe: TIMEFRAME } as const;
  return { type: 'snapshot', ...about, candles, timestamp: TIMESTAMP };
}

export function updateOf(candle: LiveCandle): LiveMessage {
  const about = { subscription: 'candles', symbol: SYMBOL, timeframe: TIMEFRAME } as const;
  return { type: 'update', ...about, candle, received_at: TIMESTAMP };
}

/** Sends messages, one frame each. */
export function say(socket: WebSocket, ...messages: readonly LiveMessage[]): void {
  for (const message of messages) {
    socket.send(JSON.stringify(message));
  }
}

/** Starts a server on loopback; it answers pings and says nothing else by itself. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const connections: WebSocket[] = [];
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    connections.push(socket);
    socket.on('message', () => {
      socket.send('pong');
    });
  });
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    connections,
    connection: (index) => waitFor(() => connections[index], `connection ${index + 1}`),
    async close() {
      connections.forEach((socket) => {
        socket.terminate();
      });
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
