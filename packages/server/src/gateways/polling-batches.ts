import type { Socket } from 'socket.io';

type Connection = Socket['conn'];

/**
 * python-engineio refuses an answer to a poll with more packets than this and drops the
 * connection (`Payload.max_decode_packets`), so an unmodified Python client could never subscribe
 * to all pairs over polling.
 */
const MAX_PACKETS_PER_POLL = 16;

/**
 * Lets a connection that polls have at most 16 packets per answer; the rest waits for its next
 * poll, or for the upgrade, in the library's own buffer. That buffer is a private field of
 * engine.io 6: where it is not what we expect, the library's way is left as it is.
 */
export function limitPollingBatches(connection: Connection): void {
  const { transport } = connection;
  if (transport.name !== 'polling' || !Array.isArray(Reflect.get(connection, 'writeBuffer'))) {
    return;
  }
  const send = transport.send.bind(transport);
  transport.send = (packets) => {
    const waiting: unknown = Reflect.get(connection, 'writeBuffer');
    if (packets.length > MAX_PACKETS_PER_POLL && Array.isArray(waiting)) {
      waiting.unshift(...packets.slice(MAX_PACKETS_PER_POLL));
      send(packets.slice(0, MAX_PACKETS_PER_POLL));
    } else {
      send(packets);
    }
  };
}
