/** Writes whole answers: their headers as OANDA's, compressed if the client takes gzip. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

let answerCount = 0n;
const FIRST_REQUEST_ID = 42_521_523_389_037_367n;

/** A new value for the header `RequestID`, which every answer has. */
export function nextRequestId(): string {
  answerCount += 1n;
  return String(FIRST_REQUEST_ID + answerCount);
}

/** Sends one answer and resolves once it is handed to the socket. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'application/json',
): Promise<void> {
  const isGzip = acceptsGzip(request.headers['accept-encoding']);
  const bytes = isGzip ? await compress(body) : Buffer.from(body);
  response.writeHead(status, {
    'Access-Control-Expose-Headers': 'ETag, RequestID',
    'Content-Type': contentType,
    'Content-Length': bytes.length,
    ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}),
    Vary: 'Accept-Encoding',
    RequestID: nextRequestId(),
  });
  response.end(bytes);
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .toLowerCase()
    .split(',')
    .some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/.test(coding));
}
