/**
 * What people write with socket.io: a room per pair and one `emit` per price. The message has the
 * fields that ours has, so that both put the same bytes on the wire.
 */
import { createServer } from 'node:http';
import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { Server } from 'socket.io';
import { listen } from './listen.js';
import { Numbers } from './numbers.js';
import { servePeer } from './serve-peer.js';

const httpServer = createServer();
const io = new Server(httpServer, { cors: { origin: '*' } });
const numbers = new Numbers();

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
  start: () => listen(httpServer),
  publish({ instrument, price }) {
    const seq = numbers.next(instrument);
    const timestamp = new Date().toISOString();
    io.to(`price_${instrument}`).emit('price_update', { instrument, price, timestamp, seq });
  },
});
