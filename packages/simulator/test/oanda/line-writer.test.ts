import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFaults } from '../../src/faults/faults.ts';
import { createLineWriter } from '../../src/oanda/line-writer.ts';

/** The two ends of one answer whose reader has not begun to read. */
function openAnswer(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    const server = createServer((_request, response) => {
      response.flushHeaders();
      resolve(response);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      get({ port, host: '127.0.0.1' }, (message: IncomingMessage) => message.pause()).on(
        'error',
        () => undefined,
      );
    });
  });
}

describe('line writer', () => {
  test('gives a reader up that leaves too much unread, and buffers no more', async () => {
    const response = await openAnswer();
    let overflows = 0;
    const writer = createLineWriter(response, createFaults(Date.now), () => (overflows += 1));
    const line = 'x'.repeat(100_000);
    for (let count = 0; count < 500; count += 1) {
      writer.write(line);
    }
    expect(overflows).toBe(1);
    expect(response.writableLength).toBeLessThan(5_000_000);
  });

  test('writes a line of any length to a reader that has left nothing unread', async () => {
    const response = await openAnswer();
    let overflows = 0;
    const writer = createLineWriter(response, createFaults(Date.now), () => (overflows += 1));
    writer.write('x'.repeat(6_000_000));
    writer.write('next');
    expect(overflows).toBe(0);
  });
});
