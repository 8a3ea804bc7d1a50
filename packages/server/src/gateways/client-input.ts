/**
 * What clients may ask over Socket.IO. Everything in it is hostile until it is read here: wrong
 * types become an error event, unknown fields are ignored.
 */
import { parseInstrument } from '@tickwire/protocol';
import { z } from 'zod';

const MAX_PAIRS_PER_REQUEST = 1_000;
const MAX_SHOWN = 10;
const MAX_SHOWN_LENGTH = 32;

const pairs = z.union([z.string(), z.array(z.string()).min(1).max(MAX_PAIRS_PER_REQUEST)]);
const pairsRequest = z.object({ pairs });
const priceRequest = z.object({ instrument: z.string() });

/** What to tell a client whose request is not answered. */
export interface InputError {
  readonly error: string;
  readonly message: string;
}

export type PairsRequest =
  { readonly pairs: readonly string[]; readonly isToAll: boolean } | InputError;

/**
 * Reads `{pairs: ["EUR_USD"]}` or `{pairs: "*"}`. With `*` all tracked pairs are meant; names come
 * in any case and are returned in upper case, each once.
 */
export function readPairsRequest(payload: unknown, tracked: readonly string[]): PairsRequest {
  const request = pairsRequest.safeParse(payload);
  if (!request.success) {
    return {
      error: 'Invalid request',
      message: `Expected {"pairs": ["EUR_USD"]} with 1 to ${MAX_PAIRS_PER_REQUEST} names, or {"pairs": "*"}`,
    };
  }
  const names = [request.data.pairs].flat();
  return names.includes('*')
    ? { pairs: tracked, isToAll: true }
    : { pairs: [...new Set(names.map(toInstrument))], isToAll: false };
}

/** The names that are not tracked, as one error, or undefined where there are none. */
export function findInvalidPairs(
  names: readonly string[],
  tracked: readonly string[],
): InputError | undefined {
  const invalid = names.filter((name) => !tracked.includes(name));
  if (invalid.length === 0) {
    return undefined;
  }
  const shown = invalid.slice(0, MAX_SHOWN).map(shorten).join(', ');
  const more = invalid.length > MAX_SHOWN ? ` and ${invalid.length - MAX_SHOWN} more` : '';
  return {
    error: `Invalid pairs: ${shown}${more}`,
    message: 'Nothing was subscribed; valid_pairs has the names that can be',
  };
}

/** Reads `{instrument: "EUR_USD"}`: the name in upper case, or what to tell the client. */
export function readPriceRequest(
  payload: unknown,
  tracked: readonly string[],
): { readonly instrument: string } | InputError {
  const request = priceRequest.safeParse(payload);
  if (!request.success) {
    return { error: 'Invalid request', message: 'Expected {"instrument": "EUR_USD"}' };
  }
  const instrument = toInstrument(request.data.instrument);
  return tracked.includes(instrument)
    ? { instrument }
    : {
        error: `Invalid instrument: ${shorten(instrument)}`,
        message: `Expected one of ${tracked.join(', ')}`,
      };
}

function toInstrument(name: string): string {
  return parseInstrument(name) ?? name;
}

function shorten(name: string): string {
  return name.length > MAX_SHOWN_LENGTH ? `${name.slice(0, MAX_SHOWN_LENGTH)}…` : name;
}
