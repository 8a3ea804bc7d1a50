/**
 * Which endpoint a path names, on which of the two hosts. OANDA answers 405 where the path belongs
 * to the other host, and 404 where there is none.
 */
import { invalidValue, unknownAccount, unknownEndpoint, wrongMethod } from './oanda-errors.ts';

/** OANDA serves prices that flow from another host than all the rest. */
export type Host = 'rest' | 'stream';

export type Endpoint =
  'accounts' | 'instruments' | 'pricing' | 'candles' | 'latest-candles' | 'pricing-stream';

export interface Route {
  readonly endpoint: Endpoint;
  /** The account in the path, if it has one. */
  readonly accountId: string | undefined;
  /** The instrument in the path; empty where it has none. */
  readonly instrument: string;
}

const ACCOUNT = String.raw`/v3/accounts/(?<account>[^/]+)`;
const ENDPOINTS: readonly (readonly [Endpoint, RegExp])[] = [
  ['accounts', /^\/v3\/accounts$/],
  ['instruments', new RegExp(`^${ACCOUNT}/instruments$`)],
  ['pricing', new RegExp(`^${ACCOUNT}/pricing$`)],
  ['pricing-stream', new RegExp(`^${ACCOUNT}/pricing/stream$`)],
  ['latest-candles', new RegExp(`^${ACCOUNT}/candles/latest$`)],
  ['candles', new RegExp(`^${ACCOUNT}/instruments/(?<instrument>[^/]+)/candles$`)],
  ['candles', /^\/v3\/instruments\/(?<instrument>[^/]+)\/candles$/],
];
const ACCOUNT_ID_PATTERN = /^\d+-\d+-\d+-\d+$/;

/** Finds the endpoint of a request; throws the OandaError that refuses it. */
export function findRoute(method: string | undefined, path: string, host: Host): Route {
  for (const [endpoint, pattern] of ENDPOINTS) {
    const match = pattern.exec(path);
    if (match !== null) {
      if (method !== 'GET' || (endpoint === 'pricing-stream') !== (host === 'stream')) {
        throw wrongMethod();
      }
      const { account, instrument = '' } = match.groups ?? {};
      return { endpoint, accountId: account, instrument: decode(instrument) };
    }
  }
  throw unknownEndpoint();
}

/** Tells whether a text is written like the id of an account. */
export function isAccountId(text: string): boolean {
  return ACCOUNT_ID_PATTERN.test(text);
}

/** Throws the OandaError for an account that is malformed, or another than the only one. */
export function checkAccount(accountId: string | undefined, only: string | undefined): void {
  if (accountId === undefined) {
    return;
  }
  if (!isAccountId(accountId)) {
    throw invalidValue('accountID');
  }
  if (only !== undefined && accountId !== only) {
    throw unknownAccount();
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A broken escape cannot be the name of an instrument; as it stands it is refused as unknown.
    return text;
  }
}
