/** The products of Bybit that are simulated; each has a WebSocket path of its own. */

export const BYBIT_CATEGORIES = ['linear', 'inverse', 'spot'] as const;

/** `linear`: contracts settled in USDT; `inverse`: in the coin; `spot`: the coins themselves. */
export type BybitCategory = (typeof BYBIT_CATEGORIES)[number];

/** Tells whether a text is one of the categories. */
export function isBybitCategory(text: unknown): text is BybitCategory {
  return (BYBIT_CATEGORIES as readonly unknown[]).includes(text);
}
