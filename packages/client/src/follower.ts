import {
  type AlertMessage,
  type Channel,
  type ChannelData,
  type ChannelOptions,
  type ChannelSnapshot,
  type ChannelSubscribed,
  type LiveCandle,
  type StreamState,
  formatChannel,
} from '@tickwire/protocol';
import { AlertMemory } from './alert-memory.ts';
import { CandleMemory } from './candle-memory.ts';
import { Cursor } from './cursor.ts';
import type { TickwireError } from './error.ts';
import type { HandedAlerts } from './handed-alerts.ts';
import { isolate } from './isolate.ts';
import type { Gap, SubscribeOptions, Subscription } from './subscription.ts';

export interface FollowerOptions {
  readonly channel: Channel;
  readonly options: SubscribeOptions;
  readonly handedAlerts: HandedAlerts;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Asks for the channel, as {@link Follower.request} says. */
  readonly ask: () => void;
  readonly leave: () => void;
}

const DEFAULT_HISTORY = 100;
/** How often a state is asked for again because it does not reach back far enough. */
const MAX_DEEPER = 3;

/**
 * One subscription: hands out each message once and in order, and says so where it cannot.
 *
 * asking: from the request until its answer, and while there is no connection; what comes
 * meanwhile is of an older request, and is part of what the answer brings. following: after it.
 * There may be messages owed: those of a gap, until a state has come that fills it or does not.
 */
export class Follower implements Subscription {
  /** The channel as the server names it. */
  channel: string;
  hasEnded = false;
  /** How often in a row it was refused. */
  refusals = 0;
  readonly #options: FollowerOptions;
  readonly #candles: CandleMemory | undefined;
  readonly #alerts: AlertMemory;
  #isAsking = true;
  #cursor: Cursor | undefined;
  /** How far the channel had been received when what came after it was lost. */
  #owedAfter: Cursor | undefined;
  #history: number | undefined;
  #deeper = 0;
  /** The number after which messages were missing, and were asked for again. */
  #askedAfter: number | undefined;

  constructor(options: FollowerOptions) {
    const { channel } = options;
    this.#options = options;
    this.#history = options.options.history;
    this.channel = formatChannel(channel);
    this.#alerts = new AlertMemory(options.handedAlerts);
    this.#candles = channel.kind === 'candles' ? new CandleMemory(channel) : undefined;
  }

  /** Whether the server has ever said where the channel stands. */
  get hasBegun(): boolean {
    return this.#cursor !== undefined;
  }

  get isLive(): boolean {
    return !this.#isAsking && !this.hasEnded;
  }

  unsubscribe(): void {
    if (!this.hasEnded) {
      this.hasEnded = true;
      this.#options.leave();
    }
  }

  /** What to ask the server for; from now on its answer is awaited. */
  request(): ChannelOptions {
    this.#isAsking = true;
    const place = this.#owedAfter === undefined ? this.#cursor : undefined;
    const { maxRate } = this.#options.options;
    return {
      ...(place === undefined ? {} : { since: place.last, epoch: place.epoch }),
      ...(this.#history === undefined ? {} : { history: this.#history }),
      ...(this.#isConfirmedOnly ? { confirmed_only: true } : {}),
      ...(maxRate === undefined ? {} : { max_rate: maxRate }),
    };
  }

  /** The connection is gone: the channel will be asked for again. */
  lose(): void {
    this.#isAsking = true;
  }

  /** The answer to what was asked last. */
  confirm({ epoch, seq, recovered, snapshot }: ChannelSubscribed): void {
    this.#isAsking = false;
    this.refusals = 0;
    const known = this.#cursor;
    if (recovered === true && known !== undefined) {
      this.#call((handlers) => handlers.onRecovered?.({ from: known.last + 1, to: seq }));
      return;
    }
    this.#owedAfter ??= known;
    this.#cursor = new Cursor(epoch, seq);
    this.#takeState(snapshot);
  }

  /** Tells that the server will not have the channel, or not now; false where nobody listens. */
  fail(error: TickwireError): boolean {
    this.#call((handlers) => handlers.onError?.(error));
    return this.#options.options.onError !== undefined;
  }

  /** A state that was not asked for, as of a number. */
  takeState(state: StreamState): void {
    const { seq, epoch, snapshot } = state;
    if (this.#isAsking) {
      return;
    }
    if (epoch !== undefined) {
      // The server itself has missed something: it is as if the channel was asked for again.
      this.confirm({ ...state, epoch });
    } else {
      this.#cursor?.moveTo(seq);
      this.#takeState(snapshot);
    }
  }

  /** A message that is no alert, and of how many it is the newest. */
  take(seq: number, data: ChannelData, count: number): void {
    const cursor = this.#cursor;
    if (this.#isAsking || cursor === undefined || seq <= cursor.last) {
      return;
    }
    if (this.#owedAfter !== undefined) {
      // There was no state, and there is one now.
      this.#askDeeper(this.#history);
    }
    const hasAll = (): boolean =>
      this.#isConfirmedOnly || this.#hasAllBefore(seq - count + 1, cursor);
    if (this.isLive && hasAll()) {
      cursor.moveTo(seq);
      this.#handOutNews(data, seq, count);
    }
  }

  /** An alert has its place here, whichever of its channels it came by. */
  noteAlert(seq: number): void {
    this.#cursor?.note(seq);
  }

  /** Hands out an alert that has been noted. */
  takeAlert(seq: number, alert: AlertMessage): void {
    if (this.#options.handedAlerts.take(alert.id)) {
      this.#handOut(alert, seq);
    }
    const cursor = this.#cursor;
    if (!this.#isAsking && cursor !== undefined && this.#hasAllBefore(seq, cursor)) {
      cursor.moveTo(seq);
    }
  }

  get #isConfirmedOnly(): boolean {
    return this.#options.options.confirmedOnly === true && this.#candles !== undefined;
  }

  /** Asks for what is missing before a number; once that was in vain, says that it is lost. */
  #hasAllBefore(seq: number, cursor: Cursor): boolean {
    const { last } = cursor;
    if (seq <= last + 1) {
      return true;
    }
    if (this.#askedAfter !== last) {
      this.#askedAfter = last;
      this.#ask();
      return false;
    }
    this.#call((handlers) => handlers.onGap?.({ from: last + 1, to: seq - 1 }));
    return true;
  }

  #takeState(snapshot: ChannelSnapshot | undefined): void {
    const owedAfter = this.#owedAfter;
    if (owedAfter === undefined) {
      this.#show(snapshot);
      return;
    }
    if (this.#candles?.hasBegun === true) {
      if (snapshot === undefined) {
        // It comes later by itself.
        return;
      }
      const lacking = this.#candles.lacking(snapshot.candles ?? []);
      if (lacking > (this.#history ?? DEFAULT_HISTORY) && this.#deeper < MAX_DEEPER) {
        this.#askDeeper(lacking);
        return;
      }
    }
    this.#settle(owedAfter, snapshot);
  }

  #askDeeper(history: number | undefined): void {
    if (this.#deeper < MAX_DEEPER) {
      this.#deeper += 1;
      this.#history = history;
      this.#ask();
    } else if (this.#owedAfter !== undefined) {
      this.#settle(this.#owedAfter, undefined);
    }
  }

  #ask(): void {
    if (!this.hasEnded) {
      this.#isAsking = true;
      this.#options.ask();
    }
  }

  /** Fills a gap as far as a state does, says what is left of it, and hands out the state. */
  #settle(owedAfter: Cursor, snapshot: ChannelSnapshot | undefined): void {
    this.#owedAfter = undefined;
    this.#deeper = 0;
    this.#history = this.#options.options.history;
    const gap =
      this.#candles === undefined
        ? this.#fillAlerts(owedAfter, snapshot ?? {})
        : this.#fillCandles(owedAfter, snapshot?.candles ?? []);
    if (gap !== undefined) {
      this.#call((handlers) => handlers.onGap?.(gap));
    }
    this.#show(snapshot);
  }

  #fillCandles(owedAfter: Cursor, candles: readonly LiveCandle[]): Gap | undefined {
    const isWhole =
      this.#candles?.hasBegun === true &&
      candles.length > 0 &&
      this.#candles.lacking(candles) === 0;
    const receivedAt = new Date(this.#options.now()).toISOString();
    for (const update of this.#candles?.missed(candles, receivedAt) ?? []) {
      this.#handOutNews(update, undefined);
    }
    return isWhole ? undefined : owedAfter.gapBefore(this.#cursor);
  }

  #fillAlerts(owedAfter: Cursor, snapshot: ChannelSnapshot): Gap | undefined {
    const isWhole = this.#alerts.reachesBack(snapshot);
    const missed = this.#alerts.missed(snapshot);
    for (const alert of missed) {
      this.#options.handedAlerts.take(alert.id);
      this.#handOut(alert, alert.positions[this.channel]);
    }
    const first = missed[0]?.positions[this.channel];
    return isWhole ? undefined : owedAfter.gapBefore(this.#cursor, first);
  }

  #show(snapshot: ChannelSnapshot | undefined): void {
    if (snapshot === undefined) {
      return;
    }
    this.#alerts.note(snapshot);
    const candles = this.#candles && { candles: this.#candles.complete(snapshot.candles ?? []) };
    for (const candle of snapshot.candles ?? []) {
      this.#candles?.note(candle);
    }
    this.#call((handlers) => handlers.onSnapshot?.({ ...snapshot, ...candles }));
  }

  /** Hands out a message, unless it is a candle that was handed out under another number. */
  #handOutNews(data: ChannelData, seq: number | undefined, count = 1): void {
    if (this.#candles !== undefined && 'candle' in data) {
      if (!this.#candles.isNews(data.candle)) {
        return;
      }
      this.#candles.note(data.candle);
    }
    this.#handOut(data, seq, count);
  }

  #handOut(data: ChannelData, seq: number | undefined, count = 1): void {
    this.#call((handlers) => handlers.onMessage?.(data, seq, count));
  }

  #call(handle: (handlers: SubscribeOptions) => void): void {
    if (!this.hasEnded) {
      isolate(() => {
        handle(this.#options.options);
      });
    }
  }
}
