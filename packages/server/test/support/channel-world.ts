import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Channel, type MarketEvent, formatChannel, parseChannel } from '@tickwire/protocol';
import type { ChannelLease } from '../../src/ports/channels.ts';
import { ModelConnection, ModelRun } from './channel-connection.ts';
import type { AskedChannel } from './channel-expectation.ts';
import type { ModelLimits } from './channel-model.ts';
import { createRecordingLogger } from './recording-logger.ts';

/** Where a client says it is, in a request. */
export type SinceMode = 'none' | 'known' | 'head' | 'other epoch' | number;

export interface SubscribeCommand {
  readonly name: string;
  readonly since: SinceMode;
  readonly isConfirmedOnly: boolean;
}

/** So long nothing may come that nobody misses; so long is waited for what somebody does. */
const QUIET_TURNS = 8;
const MAX_TURNS = 1_000;

interface ModelClient {
  readonly isSocketIo: boolean;
  connection: ModelConnection | undefined;
  /** The newest of each channel that it has, as a good client remembers it. */
  readonly known: Map<string, { readonly seq: number; readonly epoch: string }>;
}

/** A server with its clients, each step of which a test decides, beside the reference. */
export class ChannelWorld {
  now = 1_000_000;
  readonly logger = createRecordingLogger();
  readonly clients: readonly ModelClient[];
  readonly #limits: ModelLimits;
  #run: ModelRun;
  #runs = 1;
  #published = 0;
  /** Those who wait for a channel, or for what it has kept. */
  #waiting: (() => void)[] = [];
  #held = 0;
  areAnswersSlow = false;

  constructor(limits: ModelLimits) {
    this.#limits = limits;
    this.#run = new ModelRun('epoch 1', limits, () => this.now);
    this.clients = [false, false, true].map((isSocketIo) => ({
      isSocketIo,
      connection: undefined,
      known: new Map(),
    }));
  }

  /** How many channels clients hold on to. */
  get held(): number {
    return this.#held;
  }

  publish(create: (count: number) => MarketEvent): void {
    const { model, log, hub, lastValues } = this.#run;
    const event = create((this.#published += 1));
    const message = model.publish(event, this.now);
    const envelope = log.append(event);
    lastValues.take(envelope);
    hub.publish(envelope);
    for (const { connection, isSocketIo } of this.clients) {
      connection?.broadcast(envelope, isSocketIo);
      connection?.expectation.published(message);
    }
    this.#check();
  }

  connect(index: number): void {
    const client = this.#clientOf(index);
    client.connection ??= new ModelConnection(this, this.#run, client.isSocketIo);
  }

  cut(index: number): void {
    const client = this.#clientOf(index);
    const { connection } = client;
    if (connection !== undefined) {
      connection.session.close();
      client.connection = undefined;
      const { expectation } = connection;
      for (const name of expectation.subscriptions) {
        const seq = expectation.position(name) ?? 0;
        client.known.set(name, { seq, epoch: this.#run.model.epoch });
      }
    }
  }

  subscribe(index: number, commands: readonly SubscribeCommand[]): void {
    const client = this.#clientOf(index);
    const { connection } = client;
    if (connection === undefined) {
      return;
    }
    const { model } = this.#run;
    const asked = new Map<string, AskedChannel>();
    for (const { name, since: mode, isConfirmedOnly } of commands) {
      const [head, oldest] = [model.head(name), model.oldest(name, this.now)];
      const since = sinceOf(mode, head, model.epoch, client.known.get(name));
      asked.set(name, { since, isConfirmedOnly, head, oldest });
    }
    const wanted = Array.from(asked, ([name, { since, isConfirmedOnly }]) => {
      return { channel: channelNamed(name), since, terms: { isConfirmedOnly } };
    });
    void connection.session.subscribe({ wanted, errors: {} }, (confirmed) => {
      connection.expectation.answered(asked, confirmed);
    });
  }

  unsubscribe(index: number, names: readonly string[]): void {
    const { connection } = this.#clientOf(index);
    void connection?.session.unsubscribe(names, ({ subscriptions }) => {
      connection.expectation.left(names, subscriptions);
    });
  }

  block(index: number, isBlocked: boolean): void {
    const { connection } = this.#clientOf(index);
    if (isBlocked && connection !== undefined) {
      connection.isBlocked = true;
    } else {
      connection?.unblock();
    }
  }

  /** The server ends, and another numbers anew. */
  restart(): void {
    this.clients.forEach((_, index) => {
      this.cut(index);
    });
    this.#runs += 1;
    this.#run = new ModelRun(`epoch ${this.#runs}`, this.#limits, () => this.now);
  }

  /** Answers so many of those who wait. */
  grant(count: number): void {
    for (const grant of this.#waiting.splice(0, count)) {
      grant();
    }
  }

  async turn(): Promise<void> {
    await nextTurn();
    this.#check();
  }

  /** Lets everything come to its end: then nobody may miss anything. */
  async settle(): Promise<void> {
    this.areAnswersSlow = false;
    this.clients.forEach(({ connection }) => connection?.unblock());
    const missing = () =>
      this.clients.flatMap(({ connection }) => connection?.expectation.missing() ?? []);
    let quiet = 0;
    for (let turns = 0; quiet < QUIET_TURNS && turns < MAX_TURNS; turns += 1) {
      this.grant(Infinity);
      await nextTurn();
      quiet = missing().length === 0 && this.#waiting.length === 0 ? quiet + 1 : 0;
    }
    this.#check(missing());
    if (this.logger.lines.length > 0) {
      throw new Error(JSON.stringify(this.logger.lines));
    }
  }

  /** Resolves at once, or when it is granted. */
  async pass(): Promise<void> {
    if (this.areAnswersSlow) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async lease(channel: Channel): Promise<ChannelLease> {
    await this.pass();
    this.#held += 1;
    return {
      channel,
      release: () => {
        this.#held -= 1;
      },
    };
  }

  #check(missing: readonly string[] = []): void {
    const problems = this.clients.flatMap(({ connection }, index) =>
      (connection?.expectation.problems ?? []).map((problem) => `client ${index}: ${problem}`),
    );
    problems.push(...missing);
    if (problems.length > 0) {
      throw new Error(problems.join('\n'));
    }
  }

  #clientOf(index: number): ModelClient {
    const client = this.clients[index % this.clients.length];
    if (client === undefined) {
      throw new RangeError(`Expected a client, got number ${index}`);
    }
    return client;
  }
}

function sinceOf(
  mode: SinceMode,
  head: number,
  epoch: string,
  known: { readonly seq: number; readonly epoch: string } | undefined,
) {
  switch (mode) {
    case 'none':
      return undefined;
    case 'known':
      return known;
    case 'head':
      return { seq: head, epoch };
    case 'other epoch':
      return { seq: head, epoch: 'another' };
    default:
      // So far from the newest, or yet to come.
      return { seq: Math.max(0, head - mode), epoch };
  }
}

function channelNamed(name: string): Channel {
  const channel = parseChannel(name);
  if (channel === undefined || formatChannel(channel) !== name) {
    throw new TypeError(`Expected the name of a channel, got ${name}`);
  }
  return channel;
}
