/**
 * OANDA v20's raw shapes, as far as the feed reads them. Unknown keys come and go between
 * releases and are ignored. Source: github.com/oanda/v20-openapi.
 */

export interface OandaPriceLevel {
  readonly price: string;
}

/** A price of an instrument; either side of its book may be empty. */
export interface OandaPrice {
  readonly type: 'PRICE';
  readonly instrument: string;
  /** RFC 3339 with nine fractional digits. */
  readonly time: string;
  readonly bids: readonly OandaPriceLevel[];
  readonly asks: readonly OandaPriceLevel[];
  readonly closeoutBid?: string;
  readonly closeoutAsk?: string;
  /** Deprecated by `tradeable`, which recordings before 2017 lack. */
  readonly status?: string;
  readonly tradeable?: boolean;
}

export interface OandaAccounts {
  readonly accounts: readonly { readonly id: string }[];
}

export interface OandaInstruments {
  readonly instruments: readonly { readonly name: string }[];
}
