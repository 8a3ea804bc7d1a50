import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** What HTTP's parser stumbled over, by Node's code; all else is 400. */
const PROBLEMS: Readonly<Record<string, { readonly status: number; readonly message: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request did not come to its end in time' },
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The headers are too long' },
};
const BROKEN = { status: 400, message: 'This is not HTTP as it ought to be' };

/**
 * Answers what cannot be read as a request, as other problems are answered, and ends its connection:
 * nobody knows where on it the next one would begin.
 */
export function answerBrokenRequest(
  { code = '' }: NodeJS.ErrnoException,
  socket: Duplex,
  timestamp: string,
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = PROBLEMS[code] ?? BROKEN;
  const reason = STATUS_CODES[status] ?? 'Error';
  const error = `${reason.charAt(0)}${reason.slice(1).toLowerCase()}`;
  const body = JSON.stringify({ error, message, timestamp });
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`, () => {
    socket.destroy();
  });
}
