/** What clients may ask about channels. Everything in it is hostile until it is read here. */
import { type Channel, type ChannelRefused, formatChannel, parseChannel } from '@tickwire/protocol';
import { z } from 'zod';
import { InvalidMessageError } from '../domain/errors.ts';
import { type ChannelTerms, USUAL_TERMS, type WantedChannel } from './channel-subscription.ts';

const MAX_CHANNELS = 1_000;
const MAX_HISTORY = 1_000;
const MAX_SHOWN_LENGTH = 64;
/** Messages a second: what is asked for beyond either is this. */
const RATE = { min: 0.01, max: 100 };
const LIMITED_KINDS: ReadonlySet<Channel['kind']> = new Set([
  'price',
  'ticker',
  'orderbook',
  'candles',
]);

/** Channels that can be looked for, and why others cannot, by the names that were asked for. */
export interface AskedChannels {
  readonly wanted: readonly WantedChannel[];
  readonly errors: Readonly<Record<string, ChannelRefused>>;
}

const seq = z.number().int().min(0);
const channelOptions = z
  .object({
    since: seq.nullish(),
    epoch: z.string().max(MAX_SHOWN_LENGTH).nullish(),
    history: z.number().int().min(0).max(MAX_HISTORY).nullish(),
    confirmed_only: z.boolean().nullish(),
    max_rate: z.number().positive().nullish(),
  })
  .refine(({ since, epoch }) => !isGiven(since) || isGiven(epoch), {
    message: 'expected the epoch of since',
    path: ['epoch'],
  });
const namesOnly = z.array(z.string()).min(1).max(MAX_CHANNELS);

/**
 * Reads `{channels: ["price:EUR_USD"]}` or `{channels: {"price:EUR_USD": {options}}}`. Throws an
 * InvalidMessageError where it has another form; one channel that is wrong is its own error.
 */
export function readChannels(channels: unknown): AskedChannels {
  const names = namesOnly.safeParse(channels);
  const asked = names.success
    ? names.data.map((name): [string, unknown] => [name, undefined])
    : entriesOf(channels);
  if (asked.length === 0 || asked.length > MAX_CHANNELS) {
    throw new InvalidMessageError(
      `Expected channels to be a list of 1 to ${MAX_CHANNELS} names, or an object by name`,
    );
  }
  const wanted = new Map<string, WantedChannel>();
  const errors = new Map<string, ChannelRefused>();
  for (const [name, options] of asked) {
    const read = readChannel(name, options ?? undefined);
    if ('error_code' in read) {
      errors.set(shorten(toName(name)), read);
    } else {
      wanted.set(name, read);
    }
  }
  // A name may be that of a property that every object has.
  return { wanted: [...wanted.values()], errors: Object.fromEntries(errors) };
}

/** Reads `["price:EUR_USD"]`, each name as it is written on the wire. */
export function readNames(channels: unknown): readonly string[] {
  const names = namesOnly.safeParse(channels);
  if (!names.success) {
    throw new InvalidMessageError(`Expected channels to be a list of 1 to ${MAX_CHANNELS} names`);
  }
  return names.data.map((name) => toName(name));
}

/** What a request says of channels; undefined where it says nothing. */
export function channelsIn(payload: unknown): unknown {
  return typeof payload === 'object' && payload !== null && 'channels' in payload
    ? payload.channels
    : undefined;
}

function readChannel(name: string, options: unknown): WantedChannel | ChannelRefused {
  const channel = parseChannel(name);
  if (channel === undefined) {
    const message = `There is no channel ${shorten(name)}`;
    return { error_code: 'INVALID_SYMBOL', error_message: message };
  }
  if (options === undefined) {
    return { channel, terms: USUAL_TERMS };
  }
  const read = channelOptions.safeParse(options);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'options' : issue.path.join('.');
    const message = `${where}: ${issue?.message ?? 'invalid'}`;
    return { error_code: 'INVALID_PAYLOAD', error_message: message };
  }
  const { since, epoch } = read.data;
  return {
    channel,
    ...(isGiven(since) && isGiven(epoch) ? { since: { seq: since, epoch } } : {}),
    terms: termsOf(channel, read.data),
  };
}

function termsOf(channel: Channel, options: z.infer<typeof channelOptions>): ChannelTerms {
  const { history, confirmed_only: isConfirmedOnly, max_rate: maxRate } = options;
  const terms = {
    ...(isGiven(history) ? { history } : {}),
    ...(isGiven(maxRate) && isLimited(channel) ? { maxRate: toRate(maxRate) } : {}),
  };
  const isUsual = isConfirmedOnly !== true && Object.keys(terms).length === 0;
  return isUsual ? USUAL_TERMS : { ...terms, isConfirmedOnly: isConfirmedOnly === true };
}

/** Whether any of a channel's messages may be left out for newer ones. */
function isLimited({ kind }: Channel): boolean {
  return LIMITED_KINDS.has(kind);
}

function toRate(asked: number): number {
  return Math.min(Math.max(asked, RATE.min), RATE.max);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** None for what is no object. */
function entriesOf(channels: unknown): [string, unknown][] {
  return typeof channels === 'object' && channels !== null && !Array.isArray(channels)
    ? Object.entries(channels)
    : [];
}

function toName(name: string): string {
  const channel = parseChannel(name);
  return channel === undefined ? name : formatChannel(channel);
}

function shorten(name: string): string {
  return name.length > MAX_SHOWN_LENGTH ? `${name.slice(0, MAX_SHOWN_LENGTH)}…` : name;
}
