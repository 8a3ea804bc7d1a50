/**
 * One client's WebSocket. It is open from the upgrade on; a drop, a reader that is too slow, or ten
 * minutes in which neither side says anything end it.
 */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { BybitCategory } from './bybit-category.ts';
import {
  type Answer,
  answerText,
  type ClientFrame,
  parseClientFrame,
  refusalOf,
} from './bybit-protocol.ts';
import { type BybitVenue, splitTopic, type TopicFrame } from './bybit-venue.ts';
import type { FaultState } from '../faults/faults.ts';

const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
/** The first snapshot sometimes overtakes its acknowledgement: at one frame in this many. */
const SNAPSHOT_FIRST_EVERY = 3;
const GOING_AWAY = 1_001;

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly id: string;
  readonly category: BybitCategory;
  readonly venue: BybitVenue;
  readonly faults: FaultState;
  /** How long a connection may be silent both ways, in real milliseconds. */
  readonly idleMs: number;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

export interface BybitConnection {
  /** Ends it: by a TCP reset, or with close code 1001. */
  end(mode: 'reset' | 'end'): void;
}

/** Serves a client until either side ends the connection, of which `onClosed` is told. */
export function openBybitConnection(
  options: ConnectionOptions,
  onClosed: (connection: BybitConnection) => void,
): BybitConnection {
  const { webSocket, socket, id, category, venue, faults, idleMs, now, log } = options;
  const leaves = new Map<string, () => void>();
  let isEnded = false;
  let sentCount = 0;
  let requestCount = 0;
  let activeAtMs = now();
  let idleTimer = setTimeout(checkIdle, idleMs);

  const connection: BybitConnection = {
    end(mode) {
      isEnded = true;
      leaveAll();
      if (mode === 'end') {
        webSocket.close(GOING_AWAY);
      } else {
        socket.resetAndDestroy();
      }
    },
  };

  function checkIdle(): void {
    const leftMs = activeAtMs + idleMs - now();
    if (leftMs > 0) {
      idleTimer = setTimeout(checkIdle, leftMs);
    } else {
      connection.end('end');
    }
  }

  function leaveAll(): void {
    clearTimeout(idleTimer);
    for (const leave of leaves.values()) {
      leave();
    }
    leaves.clear();
  }

  function send(text: string): void {
    const isOpen = !isEnded && webSocket.readyState === webSocket.OPEN;
    if (!isOpen || faults.take('stall') !== undefined) {
      return;
    }
    if (webSocket.bufferedAmount > MAX_UNREAD_BYTES) {
      log(`Ended connection ${id}: its reader is too slow`);
      connection.end('reset');
      return;
    }
    sentCount += 1;
    const malformed = faults.peek('malformed');
    if (malformed !== undefined && sentCount % (malformed.every ?? 1) === 0) {
      faults.take('malformed');
      webSocket.send(text.slice(0, Math.ceil(text.length / 2)));
    }
    webSocket.send(text);
    activeAtMs = now();
  }

  function answer(frame: Pick<ClientFrame, 'op' | 'requestId'>, said: Answer): void {
    send(answerText(category, id, frame, said));
  }

  function follow(topics: readonly string[]): void {
    for (const topic of topics) {
      const { symbol } = splitTopic(topic);
      const onFrame = ({ text }: TopicFrame): void => {
        if (!faults.isUnknown(symbol)) {
          send(text);
        }
      };
      const leave = venue.topic(category, topic)?.join(onFrame);
      if (leave !== undefined) {
        leaves.set(topic, leave);
      }
    }
  }

  function subscribe(frame: ClientFrame): void {
    const refusal = refusalOf(frame.topics, {
      category,
      followed: new Set(leaves.keys()),
      hasSymbol: (symbol) =>
        venue.find(category, symbol) !== undefined && !faults.isUnknown(symbol),
      hasTopic: (topic) =>
        !faults.isUnknown(splitTopic(topic).symbol) &&
        venue.topic(category, topic) !== undefined &&
        !faults.takeRefused(topic),
    });
    if (refusal !== undefined) {
      answer(frame, { success: false, message: refusal });
      return;
    }
    const topics = frame.topics ?? [];
    const said = { success: true, message: category === 'spot' ? 'subscribe' : '' };
    requestCount += 1;
    if (requestCount % SNAPSHOT_FIRST_EVERY === 0) {
      follow(topics);
      answer(frame, said);
    } else {
      answer(frame, said);
      follow(topics);
    }
  }

  function unsubscribe(frame: ClientFrame): void {
    if (frame.topics === undefined) {
      answer(frame, { success: false, message: 'Params Error' });
      return;
    }
    for (const topic of frame.topics) {
      leaves.get(topic)?.();
      leaves.delete(topic);
    }
    answer(frame, { success: true, message: category === 'spot' ? 'unsubscribe' : '' });
  }

  function receive(data: RawData): void {
    if (isEnded) {
      return;
    }
    activeAtMs = now();
    const frame = parseClientFrame(textOf(data));
    if (typeof frame === 'string') {
      answer({ op: '', requestId: undefined }, { success: false, message: frame });
    } else if (frame.op === 'ping') {
      answer(frame, { success: true, message: 'pong' });
    } else if (frame.op === 'subscribe') {
      subscribe(frame);
    } else if (frame.op === 'unsubscribe') {
      unsubscribe(frame);
    } else {
      answer(frame, { success: false, message: 'error:invalid op' });
    }
  }

  webSocket.on('message', receive);
  webSocket.on('ping', () => {
    activeAtMs = now();
  });
  webSocket.on('error', (error) => {
    log(`Connection ${id} failed: ${error.message}`);
  });
  webSocket.on('close', () => {
    leaveAll();
    onClosed(connection);
  });
  return connection;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) {
    return Buffer.concat(data).toString('utf8');
  }
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString('utf8');
}
