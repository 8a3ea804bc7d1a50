/** What people write with `ws`: a set of clients per channel, and one `send` per client. */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { WIRES } from '../wires.js';
import { listen } from './listen.js';
import { Numbers } from './numbers.js';
import { servePeer } from './serve-peer.js';

const httpServer = createServer();
const server = new WebSocketServer({ server: httpServer });
const numbers = new Numbers();
/** @type {Map<string, Set<import('ws').WebSocket>>} */
const audiences = new Map();

server.on('connection', (client) => {
  client.on('message', (data) => {
    /** @type {{ channels: string[] }} */
    const { channels } = JSON.parse(String(data));
    for (const channel of channels) {
      const audience = audiences.get(channel) ?? new Set();
      audiences.set(channel, audience);
      audience.add(client);
    }
    client.on('close', () => {
      channels.forEach((channel) => audiences.get(channel)?.delete(client));
    });
    client.send(JSON.stringify({ op: 'subscribed', subscriptions: channels }));
  });
});

servePeer({
  start: () => listen(httpServer),
  publish(update) {
    const seq = numbers.next(update.instrument);
    const text = WIRES.plain.encode(update, seq, new Date().toISOString());
    for (const client of audiences.get(`price:${update.instrument}`) ?? []) {
      client.send(text);
    }
  },
});
