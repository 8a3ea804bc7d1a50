import type { LiveMessage } from '@tickwire/protocol';
import { type ClientOptions, WebSocket } from 'ws';
import { waitFor } from './wait-for.ts';

/** A plain WebSocket client that remembers what it was sent, and how it was closed. */
export class LiveSocket {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  closedWith: { readonly code: number; readonly reason: string } | undefined;
  error: Error | undefined;

  constructor(httpUrl: string, path: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(`${httpUrl.replace('http', 'ws')}/api/v1/live/ws/${path}`, options);
    this.socket.on('message', (data: Buffer) => this.texts.push(data.toString()));
    this.socket.on('close', (code, reason) => {
      this.closedWith = { code, reason: reason.toString() };
    });
    this.socket.on('error', (error) => {
      this.error = error;
    });
  }

  /** All messages but pongs. */
  get messages(): readonly LiveMessage[] {
    return this.texts
      .filter((text) => text !== 'pong')
      .map((text) => JSON.parse(text) as LiveMessage);
  }

  /** Message number `index`, waited for. */
  async message(index: number): Promise<LiveMessage> {
    return waitFor(() => this.messages[index], `message ${index + 1}`);
  }

  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return waitFor(() => this.closedWith, 'the end of the connection');
  }
}
