/** The streams that are open: how many an address may have, and how they end. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultCommand } from '../faults/fault-command.ts';
import { parseBoolean } from './candle-query.ts';
import { nextRequestId } from '../http/http-answer.ts';
import { createLineWriter } from './line-writer.ts';
import { OandaError } from './oanda-errors.ts';
import { readInstruments, type RestContext, type RestRequest } from './oanda-rest.ts';
import { createPriceStream } from './price-stream.ts';

const MAX_STREAMS_PER_ADDRESS = 20;

export interface StreamEndpoint {
  /** Begins a stream; throws the OandaError that refuses it. */
  open(request: IncomingMessage, response: ServerResponse, asked: RestRequest): void;
  closeAll(): void;
}

interface OpenStream {
  readonly address: string;
  readonly instruments: readonly string[];
  end(mode: 'reset' | 'end'): void;
}

/** Follows the faults that end streams for as long as it lives. */
export function createStreamEndpoint(
  context: RestContext,
  log: (line: string) => void,
): StreamEndpoint {
  const { venue, clock, faults } = context;
  const open = new Set<OpenStream>();

  faults.onSet((command) => {
    for (const stream of [...open]) {
      endByFault(command, stream);
    }
    if (command.fault === 'drop' && command.count === undefined && command.forMs === undefined) {
      faults.clear('drop');
    }
  });

  function endByFault(command: FaultCommand, stream: OpenStream): void {
    if (command.fault === 'drop' && faults.peek('drop') !== undefined) {
      faults.take('drop');
      stream.end(command.mode ?? 'reset');
    } else if (
      command.fault === 'unknown-instrument' &&
      stream.instruments.includes(command.instrument)
    ) {
      stream.end('end');
    }
  }

  function checkCount(address: string): void {
    const count = [...open].filter((stream) => stream.address === address).length;
    if (count >= MAX_STREAMS_PER_ADDRESS) {
      throw new OandaError(429, 'The maximum number of active streams is exceeded.');
    }
  }

  return {
    open(request, response, asked) {
      const address = request.socket.remoteAddress ?? '';
      const instruments = readInstruments(context, asked.query);
      const hasSnapshot = parseBoolean(asked.query, 'snapshot', true);
      checkCount(address);
      response.writeHead(200, {
        'Content-Type': 'application/octet-stream',
        Connection: 'close',
        'Transfer-Encoding': 'chunked',
        RequestID: nextRequestId(),
      });
      response.flushHeaders();

      const writer = createLineWriter(response, faults, () => {
        log(`Ended a stream of ${address}: its reader is too slow`);
        stream.end('reset');
      });
      const { format } = asked;
      const prices = createPriceStream({ venue, clock, instruments, format, hasSnapshot, writer });
      const stream: OpenStream = {
        address,
        instruments,
        end(mode) {
          open.delete(stream);
          prices.close();
          if (mode === 'end') {
            response.end();
          } else {
            request.socket.resetAndDestroy();
          }
        },
      };
      open.add(stream);
      response.once('close', () => {
        open.delete(stream);
        prices.close();
      });
      prices.start();
      const drop = faults.take('drop');
      if (drop !== undefined) {
        stream.end(drop.mode ?? 'reset');
      }
    },
    closeAll() {
      for (const stream of [...open]) {
        stream.end('end');
      }
    },
  };
}
