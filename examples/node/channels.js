/**
 * Prints what happens on any channels, and misses nothing: when the connection breaks, the client
 * comes back by itself and gets what it missed. In a folder of your own: copy this file, and
 * `npm install @tickwire/client ws` (from Node.js 22 on, without ws).
 *
 *   node channels.js [--url ws://localhost:8000] [channel …]
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { TickwireClient } from '@tickwire/client';
import { WebSocket } from 'ws';

const { values, positionals } = parseArgs({
  options: { url: { type: 'string', default: 'ws://localhost:8000' } },
  allowPositionals: true,
});
const channels =
  positionals.length > 0 ? positionals : ['price:EUR_USD', 'candles:BTCUSDT:1', 'alerts'];

/** @type {TickwireClient | undefined} */
let client;
try {
  client = new TickwireClient({
    url: values.url,
    WebSocket,
    onState: (state, { reason, retryInMs }) => {
      const again = retryInMs === undefined ? '' : `, again in ${(retryInMs / 1_000).toFixed(1)} s`;
      console.error(`${state}${reason === undefined ? '' : `: ${reason}`}${again}`);
      if (state === 'refused') {
        process.exitCode = 1;
      }
    },
  });
  for (const channel of channels) {
    client.subscribe(channel, {
      confirmedOnly: true,
      onSnapshot: (snapshot) => console.log(channel, 'is', JSON.stringify(snapshot)),
      onMessage: (data, seq) => console.log(channel, seq ?? 'filled in', JSON.stringify(data)),
      onRecovered: ({ from, to }) =>
        console.error(`${channel}: ${to - from + 1} missed, recovered`),
      onGap: ({ from, to }) => console.error(`${channel}: ${from} to ${to ?? '?'} are lost`),
      onError: ({ code, message }) => {
        console.error(`${channel}: ${code}: ${message}`);
        if (client?.subscriptions.length === 0) {
          process.exitCode = 1;
          client.close();
        }
      },
    });
  }
} catch (error) {
  console.error(`Error: ${String(error)}`);
  process.exitCode = 1;
  client?.close();
}
process.once('SIGINT', () => {
  client?.close();
});
