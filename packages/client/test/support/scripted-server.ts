import type { ChannelOptions, ChannelSubscribed, StreamRequest } from '@tickwire/protocol';
import { onTestFinished } from 'vitest';
import { ManualClock } from '../../../server/test/support/manual-clock.ts';
import { type TickwireClientOptions, TickwireClient } from '../../src/client.ts';
import type { SubscribeOptions } from '../../src/subscription.ts';
import type { WebSocketLike } from '../../src/web-socket.ts';
import { recorder } from './events.ts';

type Subscribe = Extract<StreamRequest, { readonly op: 'subscribe' }>;

/** A WebSocket whose other end is the test. */
export class ScriptedSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly url: string;
  readonly sent: StreamRequest[] = [];
  /** How the client ended it. */
  ended: number | 'terminated' | 'closed' | undefined;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as StreamRequest);
  }

  close(code?: number): void {
    this.ended = code ?? 'closed';
  }

  terminate(): void {
    this.ended = 'terminated';
  }

  open(): void {
    this.onopen?.({} as never);
  }

  /** Says a message, or a text that is none. */
  say(message: object | string): void {
    const data = typeof message === 'string' ? message : JSON.stringify(message);
    this.onmessage?.({ data } as never);
  }

  end(code: number, reason = ''): void {
    this.onclose?.({ code, reason } as never);
  }

  get subscribes(): readonly Subscribe[] {
    return this.sent.filter((request): request is Subscribe => request.op === 'subscribe');
  }

  /** The options of the channels that were asked for last. */
  get asked(): Readonly<Record<string, ChannelOptions>> {
    return (this.subscribes.at(-1)?.channels ?? {}) as Record<string, ChannelOptions>;
  }

  /** Answers what was asked for last. */
  confirm(channels: Readonly<Record<string, ChannelSubscribed>>, errors: object = {}): void {
    const id = this.subscribes.at(-1)?.id;
    this.say({ op: 'subscribed', id, channels, subscriptions: Object.keys(channels), errors });
  }
}

/** A client, all of its sockets so far, and what happened to it. */
export class ScriptedServer {
  readonly clock = new ManualClock();
  readonly sockets: ScriptedSocket[] = [];
  readonly states: string[] = [];
  readonly client: TickwireClient;

  constructor(options: Partial<TickwireClientOptions> = {}) {
    const { sockets } = this;
    class WebSocket extends ScriptedSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    }
    this.client = new TickwireClient({
      url: 'ws://server:8000',
      WebSocket,
      clock: this.clock,
      random: () => 0.5,
      onState: (state, { retryInMs }) => {
        this.states.push(retryInMs === undefined ? state : `${state} ${retryInMs}`);
      },
      ...options,
    });
    onTestFinished(() => {
      this.client.close();
    });
  }

  get socket(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) {
      throw new Error('Expected the client to connect');
    }
    return socket;
  }

  /** Opens the newest connection, and lets the client ask for what it wants. */
  async open(): Promise<ScriptedSocket> {
    this.socket.open();
    await this.clock.advance(0);
    return this.socket;
  }

  /** Cuts the connection, waits until the client is back, and opens the new one. */
  async cut(): Promise<ScriptedSocket> {
    this.socket.end(1006);
    await this.clock.advance(this.clock.nextInMs ?? 0);
    return this.open();
  }
}

/** A client with one subscription, its connection, and what it was handed. */
export interface Followed {
  readonly server: ScriptedServer;
  readonly socket: ScriptedSocket;
  readonly lines: string[];
}

/** A client that has been answered about one channel; what it was told then is not in the lines. */
export async function follow(
  channel: string,
  answer: ChannelSubscribed,
  options: SubscribeOptions = {},
): Promise<Followed> {
  const server = new ScriptedServer();
  const { lines, handlers } = recorder();
  server.client.subscribe(channel, { ...handlers, ...options });
  const socket = await server.open();
  socket.confirm({ [channel]: answer });
  lines.length = 0;
  return { server, socket, lines };
}
