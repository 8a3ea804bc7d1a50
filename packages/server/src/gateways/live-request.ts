import { parseInstrument } from '@tickwire/protocol';

const LIVE_PREFIX = '/api/v1/live/ws/';

/** What the address of a plain WebSocket asks for. */
export type LiveRequest =
  { readonly symbol: string; readonly wantsSnapshot: boolean } | { readonly invalidSymbol: string };

/**
 * Reads `/api/v1/live/ws/prices/{instrument}?snapshot=0`, the instrument in any case; undefined
 * for any other address.
 */
export function parseLiveRequest(
  address: string,
  trackedPairs: readonly string[],
): LiveRequest | undefined {
  if (!address.startsWith(LIVE_PREFIX)) {
    return undefined;
  }
  const { pathname, searchParams } = new URL(address, 'http://server');
  const [kind, rawSymbol = '', ...rest] = pathname.slice(LIVE_PREFIX.length).split('/');
  // What was normalised away, by two dots in the path, may have been the prefix.
  if (!pathname.startsWith(LIVE_PREFIX) || kind !== 'prices' || rest.length > 0) {
    return undefined;
  }
  const symbol = parseInstrument(decode(rawSymbol));
  return symbol !== undefined && trackedPairs.includes(symbol)
    ? { symbol, wantsSnapshot: searchParams.get('snapshot') !== '0' }
    : { invalidSymbol: rawSymbol };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not an encoding of anything; the name as it is will be refused.
    return text;
  }
}
