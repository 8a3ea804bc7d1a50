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
  if (kind !== 'prices' || rest.length > 0) {
    return undefined;
  }
  const symbol = parseInstrument(rawSymbol);
  return symbol !== undefined && trackedPairs.includes(symbol)
    ? { symbol, wantsSnapshot: searchParams.get('snapshot') !== '0' }
    : { invalidSymbol: rawSymbol };
}
