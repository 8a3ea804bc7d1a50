import type { Envelope } from '../ports/bus.ts';
import { ChannelSubscription, type HeldChannel } from './channel-subscription.ts';
import type { ReplayPacer } from './replay-pacer.ts';
import type { SessionTransport } from './session-transport.ts';

export interface ChannelReplaysOptions {
  readonly pacer: ReplayPacer;
  /** How many missed messages are sent in one turn. */
  readonly sentAtOnce?: number;
}

/** Whose subscriptions are sent what was missed. */
export interface ReplayOwner {
  /** All that the client is on now. */
  readonly held: readonly HeldChannel[];
  /** Keeps live messages of a subscription while others wait. */
  hold(subscription: ChannelSubscription): void;
  /** All that waited for a subscription has been sent. */
  goLive(subscription: ChannelSubscription): void;
}

const SENT_AT_ONCE = 100;

/**
 * Sends one client what it missed. Most channels go each by itself, a part in each turn of the event
 * loop. Alerts are in several channels, and move the client's place in all of them: they go together,
 * in the order of all alerts, and no newer one may pass those that wait.
 */
export class ChannelReplays {
  readonly #options: ChannelReplaysOptions;
  readonly #transport: SessionTransport;
  readonly #owner: ReplayOwner;
  #areAlertsRunning = false;

  constructor(options: ChannelReplaysOptions, transport: SessionTransport, owner: ReplayOwner) {
    this.#options = options;
    this.#transport = transport;
    this.#owner = owner;
  }

  /** Sends what waits for subscriptions that have just begun, and goes on live. */
  begin(begun: readonly ChannelSubscription[]): void {
    const together = begun.filter(isReplayedTogether);
    if (together.length > 0) {
      this.#beginTogether(together);
    }
    for (const subscription of begun) {
      if (!isReplayedTogether(subscription)) {
        void this.#send(subscription);
      }
    }
  }

  #beginTogether(begun: readonly ChannelSubscription[]): void {
    const hadBefore = this.#together.filter((each) => !begun.includes(each));
    for (const subscription of begun) {
      subscription.keep(
        (envelope) =>
          this.#transport.hasDelivered?.(envelope) !== true &&
          !hadBefore.some((other) => other.hasPassed(envelope)),
      );
    }
    if (!this.#areAlertsRunning) {
      void this.#sendTogether();
    }
  }

  async #send(subscription: ChannelSubscription): Promise<void> {
    const { pacer, sentAtOnce = SENT_AT_ONCE } = this.#options;
    while (!subscription.hasEnded && subscription.next !== undefined) {
      await pacer.turn();
      await this.#transport.ready();
      subscription.sendSome(sentAtOnce);
    }
    if (!subscription.hasEnded) {
      this.#owner.goLive(subscription);
    }
  }

  async #sendTogether(): Promise<void> {
    const { sentAtOnce = SENT_AT_ONCE } = this.#options;
    this.#areAlertsRunning = true;
    while (!sendTogether(this.#together, sentAtOnce)) {
      const wait = this.#transport.canHold ? this.#transport.ready() : undefined;
      if (wait !== undefined) {
        for (const subscription of this.#together) {
          this.#owner.hold(subscription);
        }
        await wait;
      }
    }
    this.#areAlertsRunning = false;
    for (const subscription of this.#together) {
      this.#owner.goLive(subscription);
    }
  }

  get #together(): readonly ChannelSubscription[] {
    return this.#owner.held.filter(
      (each): each is ChannelSubscription =>
        each instanceof ChannelSubscription && isReplayedTogether(each),
    );
  }
}

/** Whether messages of a channel may reach a client by several ways. */
export function isReplayedTogether({ channel }: HeldChannel): boolean {
  return channel.kind === 'alerts' || channel.kind === 'system';
}

/**
 * Sends the oldest of all alerts that wait, each over one of its channels: at most so many. True
 * where nothing is left.
 */
function sendTogether(subscriptions: readonly ChannelSubscription[], count: number): boolean {
  let waiting = subscriptions.filter(({ next }) => next !== undefined);
  for (let sent = 0; sent < count && waiting.length > 0; sent += 1) {
    const oldest = waiting
      .flatMap(({ next }) => next ?? [])
      .reduce((a, b) => (b.seq < a.seq ? b : a));
    const [first, ...others] = waiting.filter(({ next }) => isSame(next, oldest));
    first?.sendSome(1);
    for (const other of others) {
      other.skip();
    }
    waiting = waiting.filter(({ next }) => next !== undefined);
  }
  return waiting.length === 0;
}

/** Whether two are one message, which may have been read from a file more than once. */
function isSame(a: Envelope | undefined, b: Envelope): boolean {
  return a?.channel === b.channel && a.seq === b.seq;
}
