/** Bybit's answers over HTTP: one envelope for all of them, errors with status 200 included. */
import type { ServerResponse } from 'node:http';

/** A parameter that is missing or wrong. */
const PARAMETER_ERROR = 10_001;
/** The limit of one endpoint, as opposed to the ban of an address. */
export const TOO_MANY_VISITS = 10_006;

/** An error of the venue; HTTP status 200. */
export class BybitError extends Error {
  readonly retCode: number;

  constructor(retCode: number, message: string) {
    super(message);
    this.name = 'BybitError';
    this.retCode = retCode;
  }
}

/** The error of a parameter: `params error: symbol invalid`. */
export function invalidParameter(name: string): BybitError {
  return new BybitError(PARAMETER_ERROR, `params error: ${name} invalid`);
}

/** Sends the envelope around a result. */
export function sendResult(response: ServerResponse, result: object, timeMs: number): void {
  sendEnvelope(response, 0, 'OK', result, timeMs);
}

/** Sends the envelope of an error. */
export function sendError(response: ServerResponse, error: BybitError, timeMs: number): void {
  sendEnvelope(response, error.retCode, error.message, {}, timeMs);
}

/** Sends what is no envelope, as the servers in front of Bybit's do. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/html',
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function sendEnvelope(
  response: ServerResponse,
  retCode: number,
  retMsg: string,
  result: object,
  time: number,
): void {
  const body = JSON.stringify({ retCode, retMsg, result, retExtInfo: {}, time });
  sendText(response, 200, body, 'application/json; charset=utf-8');
}
