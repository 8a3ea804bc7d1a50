import { formatChannel } from '@tickwire/protocol';
import type { Envelope } from '../ports/bus.ts';
import type { Logger } from '../ports/logger.ts';
import { TextFrame } from './frame.ts';
import type { LiveClient } from './live-client.ts';
import type { LiveContents } from './live-contents.ts';
import type { LiveChannel } from './live-request.ts';

export interface LiveChannelsOptions {
  readonly contents: LiveContents;
  /** A client for whom more than this waits is closed. */
  readonly maxWaitingBytes: number;
  readonly logger: Logger;
}

/** Who is on a channel. */
interface Audience {
  readonly channel: LiveChannel;
  readonly clients: Set<LiveClient>;
  /** Those of them who wait for a snapshot, because the channel had no state when they came. */
  readonly owed: Set<LiveClient>;
}

/** Brings each event, encoded once, to all who are on its channel. */
export class LiveChannels {
  readonly #options: LiveChannelsOptions;
  readonly #audiences = new Map<string, Audience>();

  constructor(options: LiveChannelsOptions) {
    this.#options = options;
  }

  /**
   * Puts a client on a channel: it is told so, then the channel's state, then every event. Where
   * there is no state yet, it is sent in the place of the event that makes one.
   */
  join(client: LiveClient, channel: LiveChannel, wantsSnapshot: boolean): void {
    const { contents } = this.#options;
    const audience = this.#audienceOf(channel);
    audience.clients.add(client);
    client.send(contents.confirmation(channel));
    if (!wantsSnapshot || !contents.hasState(channel)) {
      return;
    }
    const snapshot = contents.snapshot(channel);
    if (snapshot === undefined) {
      audience.owed.add(client);
    } else {
      client.send(snapshot);
    }
  }

  leave(client: LiveClient, channel: LiveChannel): void {
    const audience = this.#audiences.get(formatChannel(channel));
    if (audience !== undefined) {
      this.#remove(client, audience);
    }
  }

  /** Sends the state of a channel to those who are owed it; it may have come without an event. */
  sendOwed(name: string): void {
    const audience = this.#audiences.get(name);
    const frame = audience && this.#owedFrame(audience);
    if (audience !== undefined && frame !== undefined) {
      for (const client of audience.owed) {
        client.sendFrame(frame);
      }
      audience.owed.clear();
    }
  }

  /** Sends an event to those on its channel; those who do not read are closed. */
  broadcast({ channel, event }: Envelope): void {
    const { contents, maxWaitingBytes } = this.#options;
    const audience = this.#audiences.get(channel);
    if (audience === undefined) {
      return;
    }
    const update = contents.update(event);
    if (update === undefined) {
      return;
    }
    const frame = new TextFrame(JSON.stringify(update));
    const snapshotFrame = this.#owedFrame(audience);
    for (const client of audience.clients) {
      if (client.waitingBytes > maxWaitingBytes) {
        this.#remove(client, audience);
        this.#refuseSlow(client);
      } else if (!audience.owed.has(client)) {
        client.sendFrame(frame);
      } else if (snapshotFrame !== undefined) {
        audience.owed.delete(client);
        client.sendFrame(snapshotFrame);
      }
    }
  }

  #owedFrame({ channel, owed }: Audience): TextFrame | undefined {
    const snapshot = owed.size === 0 ? undefined : this.#options.contents.snapshot(channel);
    return snapshot && new TextFrame(JSON.stringify(snapshot));
  }

  #audienceOf(channel: LiveChannel): Audience {
    const name = formatChannel(channel);
    const audience = this.#audiences.get(name) ?? { channel, clients: new Set(), owed: new Set() };
    this.#audiences.set(name, audience);
    return audience;
  }

  #remove(client: LiveClient, { channel, clients, owed }: Audience): void {
    owed.delete(client);
    clients.delete(client);
    if (clients.size === 0) {
      this.#audiences.delete(formatChannel(channel));
    }
  }

  #refuseSlow(client: LiveClient): void {
    const waiting = client.waitingBytes;
    this.#options.logger.warn({ waiting }, 'Closed a client that is too slow');
    client.sendError('SLOW_CONSUMER', { message: `${waiting} bytes wait to be read` });
  }
}
