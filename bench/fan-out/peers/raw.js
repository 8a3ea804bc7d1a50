/**
 * The least that an honest program for Node can do, as the mark that a server with features is
 * measured by: the handshakes made by hand, each message framed once, the frames of one turn of the
 * event loop joined once for all who want the same, and one write per client. It knows no slow
 * clients, no pings and no rules.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers';
import { DEFAULT_TRACKED_PAIRS } from '@tickwire/protocol';
import { WIRES } from '../wires.js';
import { readClientTexts, serverFrame } from './frames.js';
import { listen } from './listen.js';
import { Numbers } from './numbers.js';
import { servePeer } from './serve-peer.js';

const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HANDSHAKE = JSON.stringify({
  ...{ sid: 'x', upgrades: [], maxPayload: 1_000_000 },
  // Nobody is pinged here.
  ...{ pingInterval: 2_500_000, pingTimeout: 2_000_000 },
});

/**
 * Clients with the same subscriptions.
 * @typedef {{ instruments: ReadonlySet<string>, members: Set<import('node:stream').Duplex> }} Group
 */

/** @type {Map<string, Group>} */
const groups = new Map();
/** @type {{ instrument: string, frame: Buffer }[]} What this turn of the event loop has brought. */
let collected = [];
const numbers = new Numbers();
const httpServer = createServer();
/** @type {import('../wires.js').Wire} */
let wire = WIRES.plain;

httpServer.on('upgrade', (request, socket) => {
  const key = `${request.headers['sec-websocket-key'] ?? ''}${ACCEPT_GUID}`;
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}\r\n\r\n`,
  );
  if (wire === WIRES['socket.io']) {
    socket.write(serverFrame(`0${HANDSHAKE}`));
  }
  socket.on('data', (/** @type {Buffer} */ bytes) => {
    for (const text of readClientTexts(bytes)) {
      receive(socket, text);
    }
  });
  socket.on('error', () => socket.destroy());
});

/**
 * @param {import('node:stream').Duplex} socket
 * @param {string} text
 */
function receive(socket, text) {
  if (text === '40') {
    socket.write(serverFrame('40{"sid":"y"}'));
  } else if (text.startsWith('42["subscribe"')) {
    const { pairs } = JSON.parse(text.slice(2))[1];
    join(socket, pairs === '*' ? DEFAULT_TRACKED_PAIRS : pairs);
    socket.write(serverFrame(`42["subscription_confirmed",${JSON.stringify({ pairs })}]`));
  } else {
    /** @type {{ channels: string[] }} */
    const { channels } = JSON.parse(text);
    join(
      socket,
      channels.map((channel) => channel.slice('price:'.length)),
    );
    socket.write(serverFrame(JSON.stringify({ op: 'subscribed', subscriptions: channels })));
  }
}

/**
 * @param {import('node:stream').Duplex} socket
 * @param {readonly string[]} instruments
 */
function join(socket, instruments) {
  const key = instruments.join();
  const group = groups.get(key) ?? { instruments: new Set(instruments), members: new Set() };
  groups.set(key, group);
  group.members.add(socket);
  socket.on('close', () => group.members.delete(socket));
}

function flush() {
  const frames = collected;
  collected = [];
  for (const { instruments, members } of groups.values()) {
    const wanted = frames.filter(({ instrument }) => instruments.has(instrument));
    if (wanted.length > 0) {
      const joined = Buffer.concat(wanted.map(({ frame }) => frame));
      for (const socket of members) {
        socket.write(joined);
      }
    }
  }
}

servePeer({
  start: (options) => {
    wire = WIRES[options.wire];
    return listen(httpServer);
  },
  publish(update) {
    const { instrument } = update;
    const text = wire.encode(update, numbers.next(instrument), new Date().toISOString());
    if (collected.length === 0) {
      setImmediate(flush);
    }
    collected.push({ instrument, frame: serverFrame(text) });
  },
});
