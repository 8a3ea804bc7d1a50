/**
 * The errors OANDA answers with, in its own words where a recorded answer is known and in the
 * manner of its words where none is.
 */

/** An answer other than 200. Its body is OANDA's: `errorMessage`, and `errorCode` in some. */
export class OandaError extends Error {
  readonly status: number;
  readonly errorCode: string | undefined;

  constructor(status: number, message: string, errorCode?: string) {
    super(message);
    this.name = 'OandaError';
    this.status = status;
    this.errorCode = errorCode;
  }

  get body(): string {
    const { errorCode, message: errorMessage } = this;
    return JSON.stringify(errorCode === undefined ? { errorMessage } : { errorMessage, errorCode });
  }
}

/** 400: a parameter does not have a value that the venue takes. */
export function invalidValue(parameter: string, more = ''): OandaError {
  return new OandaError(400, `Invalid value specified for '${parameter}'${more}`);
}

/** 400: a parameter that must be there is not. */
export function missingData(): OandaError {
  return new OandaError(400, 'The request was missing required data');
}

/** 400: more than 5000 candles were asked for, by number or by range. */
export function tooManyCandles(): OandaError {
  return new OandaError(400, `Maximum value for 'count' exceeded`);
}

/** 401: no token, or one that is not good here. */
export function unauthorized(): OandaError {
  return new OandaError(401, 'Insufficient authorization to perform request.');
}

/** 404: there is nothing under this path. */
export function unknownEndpoint(): OandaError {
  return new OandaError(404, 'The requested endpoint does not exist.');
}

/** 404: another account than the one there is. */
export function unknownAccount(): OandaError {
  return new OandaError(404, 'The account specified does not exist', 'NO_SUCH_ACCOUNT');
}

/** 405: another method than GET, or the path belongs to the other host. */
export function wrongMethod(): OandaError {
  return new OandaError(405, 'Method Not Allowed');
}

/** 429: more requests in a second, or more streams, than one address may have. */
export function tooManyRequests(what: string): OandaError {
  return new OandaError(429, `The rate of ${what} exceeds the limit.`);
}
