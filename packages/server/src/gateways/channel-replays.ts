import type { Envelope } from '../ports/bus.ts';
import type { ChannelSubscription } from './channel-subscription.ts';
import type { ReplayPacer } from './replay-pacer.ts';

export interface ChannelReplaysOptions {
  readonly pacer: ReplayPacer;
  /** How many messages are sent in one turn. */
  readonly sentAtOnce: number;
  /** All that the client has subscribed to now. */
  readonly subscriptions: () => Iterable<ChannelSubscription>;
  /** Resolves when the client can be sent more; undefined where it can be at once. */
  readonly ready: () => Promise<void> | undefined;
  /** Whether an alert has reached the client in a way that is no channel's. */
  readonly hasDelivered: (alert: Envelope) => boolean;
  /** Keeps live messages of a subscription while others wait; undefined where that cannot be. */
  readonly hold: ((subscription: ChannelSubscription) => void) | undefined;
  /** All that waited for a subscription has been sent. */
  readonly onDone: (subscription: ChannelSubscription) => void;
}

/**
 * Sends one client what it missed. Most channels go each by itself, a part in each turn of the event
 * loop. Alerts are in several channels, and move the client's place in all of them: they go together,
 * in the order of all alerts, and no newer one may pass those that wait.
 */
export class ChannelReplays {
  readonly #options: ChannelReplaysOptions;
  #areAlertsRunning = false;

  constructor(options: ChannelReplaysOptions) {
    this.#options = options;
  }

  /** Sends what waits for subscriptions that have just begun, and goes on live. */
  begin(begun: readonly ChannelSubscription[]): void {
    const together = begun.filter(isTogether);
    const hadBefore = this.#together.filter((each) => !together.includes(each));
    for (const subscription of together) {
      subscription.keep(
        (envelope) =>
          !this.#options.hasDelivered(envelope) &&
          !hadBefore.some((other) => other.hasPassed(envelope)),
      );
    }
    if (together.length > 0 && !this.#areAlertsRunning) {
      void this.#sendTogether();
    }
    for (const subscription of begun) {
      if (!isTogether(subscription)) {
        void this.#send(subscription);
      }
    }
  }

  async #send(subscription: ChannelSubscription): Promise<void> {
    const { pacer, sentAtOnce, ready, onDone } = this.#options;
    while (!subscription.hasEnded && subscription.next !== undefined) {
      await pacer.turn();
      await ready();
      subscription.sendSome(sentAtOnce);
    }
    if (!subscription.hasEnded) {
      onDone(subscription);
    }
  }

  async #sendTogether(): Promise<void> {
    const { sentAtOnce, ready, hold, onDone } = this.#options;
    this.#areAlertsRunning = true;
    while (!sendTogether(this.#together, sentAtOnce)) {
      const wait = hold && ready();
      if (hold !== undefined && wait !== undefined) {
        this.#together.forEach(hold);
        await wait;
      }
    }
    this.#areAlertsRunning = false;
    this.#together.forEach(onDone);
  }

  get #together(): readonly ChannelSubscription[] {
    return Array.from(this.#options.subscriptions()).filter(isTogether);
  }
}

/** What may reach a client by several ways. */
function isTogether({ channel }: ChannelSubscription): boolean {
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
