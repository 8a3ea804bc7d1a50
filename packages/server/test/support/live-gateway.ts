import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Channel, MarketEvent } from '@tickwire/protocol';
import { formatChannel } from '@tickwire/protocol';
import { onTestFinished } from 'vitest';
import type { ClientOptions } from 'ws';
import { systemClock } from '../../src/app/clock.ts';
import { createMemoryBus } from '../../src/bus/memory.ts';
import type { MemoryLog } from '../../src/bus/memory-log.ts';
import { MemoryCache } from '../../src/cache/memory.ts';
import { Admission } from '../../src/gateways/admission.ts';
import { type Gateways, composeGateways } from '../../src/app/gateways.ts';
import { EventMessages } from '../../src/gateways/event-messages.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { ChannelDirectory, ChannelLease, ChannelList } from '../../src/ports/channels.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { FanOutStats } from '../../src/ports/fan-out-stats.ts';
import type { Store } from '../../src/ports/store.ts';
import { CandleIntake } from '../../src/tape/candle-intake.ts';
import { LastValues } from '../../src/tape/last-values.ts';
import { createLog } from './channel-log.ts';
import { LiveSocket } from './live-socket.ts';
import { createRecordingLogger } from './recording-logger.ts';

/** A directory that has every channel, unless a test answers in its place. */
export class FakeDirectory implements ChannelDirectory {
  /** Those taken so far, with how often each was given back. */
  readonly leases: { readonly asked: string; released: number }[] = [];
  answer: (channel: Channel) => Promise<Channel> = (channel) => Promise.resolve(channel);

  async lease(asked: Channel): Promise<ChannelLease> {
    const lease = { asked: formatChannel(asked), released: 0 };
    this.leases.push(lease);
    const channel = await this.answer(asked);
    return {
      channel,
      release: () => {
        lease.released += 1;
      },
    };
  }

  list(): ChannelList {
    return { configured: [], followed: [] };
  }
}

export interface LiveGatewayOptions {
  /** What was numbered before; a new log under the epoch `e` without it. */
  readonly log?: MemoryLog;
  /** Where older candles are; nothing is kept without it. */
  readonly store?: Pick<Store, 'candles'>;
  readonly isCompressed?: boolean;
  readonly maxWaitingBytes?: number;
  readonly maxClients?: number;
  readonly clock?: Clock;
}

/** The gateway alone behind an HTTP server, with a tape that tests write. */
export class LiveGateway {
  readonly directory = new FakeDirectory();
  readonly logger = createRecordingLogger();
  readonly admission: Admission;
  readonly lastValues = new LastValues(() => Date.now());
  readonly candles: CandleIntake;
  readonly #bus: Bus;
  readonly #gateways: Gateways;
  readonly #httpServer = createServer();
  readonly #sockets: LiveSocket[] = [];

  constructor({
    log = createLog('e'),
    store,
    isCompressed = false,
    maxWaitingBytes = 1_048_576,
    maxClients = 100,
    clock = systemClock,
  }: LiveGatewayOptions) {
    const { lastValues, logger, directory } = this;
    this.admission = new Admission(maxClients);
    this.#bus = createMemoryBus({
      log,
      onError: (error) => {
        logger.error({ err: error }, 'A reader of the bus failed');
      },
    });
    const bus = this.#bus;
    lastValues.follow(bus);
    this.candles = new CandleIntake({ bus, onHistory: () => undefined, clock, logger });
    let now = clock.now();
    this.#gateways = composeGateways({
      config: {
        clients: {
          max: maxClients,
          pingIntervalMs: 25_000,
          pingTimeoutMs: 5_000,
          maxMessageBytes: 65_536,
          maxWaitingBytes,
        },
        isWebSocketCompressed: isCompressed,
        timestampStyle: 'iso',
        trackedPairs: ['EUR_USD', 'USD_JPY'],
      },
      httpServer: this.#httpServer,
      bus,
      lastValues,
      cache: new MemoryCache({ clock }),
      directory,
      store,
      // No two messages are written at the same time, so that one that is written twice shows.
      messages: new EventMessages(() => (now += 1), 'iso'),
      admission: this.admission,
      clock,
      logger,
    });
  }

  get stats(): FanOutStats {
    return this.#gateways.stats;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#httpServer.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    for (const part of this.#gateways.parts) {
      await part.start();
    }
    await new Promise<void>((resolve) => this.#httpServer.listen(0, '127.0.0.1', resolve));
  }

  /** Candles take the way that they take in the program. */
  publish(event: MarketEvent): void {
    if (event.type === 'candle') {
      this.candles.accept(event);
    } else {
      this.#bus.publish(event);
    }
  }

  open(path: string, options?: ClientOptions): LiveSocket {
    const socket = new LiveSocket(this.url, path, options);
    this.#sockets.push(socket);
    return socket;
  }

  /** Tells the clients that the server goes. */
  async closeGateway(): Promise<void> {
    for (const part of [...this.#gateways.parts].reverse()) {
      await part.close();
    }
  }

  async close(): Promise<void> {
    for (const { socket } of this.#sockets) {
      socket.terminate();
    }
    await this.closeGateway();
    this.#httpServer.closeAllConnections();
    await new Promise((resolve) => this.#httpServer.close(resolve));
  }
}

/** A running gateway that is closed when the current test has finished. */
export async function startLiveGateway(options: LiveGatewayOptions = {}): Promise<LiveGateway> {
  const gateway = new LiveGateway(options);
  await gateway.start();
  onTestFinished(() => gateway.close());
  return gateway;
}
