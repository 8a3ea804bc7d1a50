import type { ServerEvents } from '@tickwire/protocol';
import { type ManagerOptions, type Socket, type SocketOptions, io } from 'socket.io-client';
import type { WebSocket } from 'ws';
import { waitFor } from './wait-for.ts';

type Payload<Event extends keyof ServerEvents> = Parameters<ServerEvents[Event]>[0];

/** An unmodified socket.io-client that remembers everything it was sent, in order. */
export class RecordingClient {
  readonly socket: Socket;
  readonly received: { readonly event: string; readonly payload: unknown }[] = [];
  readonly disconnects: string[] = [];

  constructor(url: string, options: Partial<ManagerOptions & SocketOptions> = {}) {
    this.socket = io(url, { forceNew: true, reconnectionDelay: 20, ...options });
    this.socket.onAny((event: string, payload: unknown) => {
      this.received.push({ event, payload });
    });
    this.socket.on('disconnect', (reason) => {
      this.disconnects.push(reason);
    });
  }

  /** All payloads of an event so far. */
  all<Event extends keyof ServerEvents>(event: Event): Payload<Event>[] {
    return this.received
      .filter((each) => each.event === event)
      .map(({ payload }) => payload as Payload<Event>);
  }

  /** The payload number `index` of an event, waited for. */
  async next<Event extends keyof ServerEvents>(event: Event, index = 0): Promise<Payload<Event>> {
    return waitFor(() => this.all(event)[index], `${event} number ${index + 1}`);
  }

  /** Sends a request and waits for the next event that answers it. */
  async request<Event extends keyof ServerEvents>(
    request: string,
    payload: unknown,
    answer: Event,
  ): Promise<Payload<Event>> {
    const before = this.all(answer).length;
    if (payload === undefined) {
      this.socket.emit(request);
    } else {
      this.socket.emit(request, payload);
    }
    return this.next(answer, before);
  }

  close(): void {
    this.socket.disconnect();
  }
}

/** The WebSocket under a client: the library's own copy of ws, which it shows to nobody. */
export function webSocketOf(socket: Socket): WebSocket {
  const connection: unknown = Reflect.get(socket.io.engine.transport, 'ws');
  return connection as WebSocket;
}
