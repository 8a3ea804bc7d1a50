/**
 * What people write with socket.io: a room per pair and one `emit` per price. The message has the
 * fields that ours has, so that both put the same bytes on the wire.
 */
import { createServer } from 'node:http';
import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { Server } from 'socket.io';
import { servePeer } from './serve-peer.js';

const httpServer = createServer();
const io = new Server(httpServer, { cors: { origin: '*' } });
/** @type {Map<string, number>} */
const heads = new Map();

io.on('connection', (socket) => {
  socket.on('subscribe', ({ pairs }) => {
    const names = pairs === '*' ? DEFAULT_TRACKED_PAIRS : pairs;
    for (const name of names) {
      void socket.join(`price_${name}`);
    }
    const timestamp = new Date().toISOString();
    socket.emit('subscription_confirmed', { pairs: names, pair_count: names.length, timestamp });
  });
});

servePeer({
  async start() {
    await new Promise((resolve) => {
      httpServer.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
        resolve(undefined);
      });
    });
    const address = httpServer.address();
    if (address === null || typeof address === 'string') {
      throw new Error('Expected a TCP address');
    }
    return address.port;
  },
  publish({ instrument, price }) {
    const seq = (heads.get(instrument) ?? 0) + 1;
    heads.set(instrument, seq);
    const timestamp = new Date().toISOString();
    io.to(`price_${instrument}`).emit('price_update', { instrument, price, timestamp, seq });
  },
});
