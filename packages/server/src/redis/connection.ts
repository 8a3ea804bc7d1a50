import { createClient } from 'redis';
import { RedisError, toError } from '../domain/errors.ts';
import type { RedisConnection, RedisReply } from '../ports/redis.ts';

/** Where Redis is. */
export interface RedisAddress {
  /** Host and port, as they may be shown. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
  readonly isEncrypted: boolean;
}

/** A connection that can be ended. */
export interface OpenConnection extends RedisConnection {
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<RedisError>;
  end(): void;
}

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to Redis: once for commands and once for messages, which are one connection to whoever
 * uses them, for they end together. Rejects with a {@link RedisError}. An abort of the signal ends
 * the attempt, or the connection, with its reason.
 */
export async function connect(
  address: RedisAddress,
  signal?: AbortSignal,
): Promise<OpenConnection> {
  const commands = createOne(address);
  const messages = createOne(address);
  const clients = [commands, messages];
  let hasEnded = false;
  let tellEnd: (error: RedisError) => void;
  const ended = new Promise<RedisError>((resolve) => {
    tellEnd = resolve;
  });
  const end = (error: RedisError): void => {
    hasEnded = true;
    signal?.removeEventListener('abort', stop);
    tellEnd(error);
    for (const client of clients) {
      if (client.isOpen) {
        client.destroy();
      }
    }
  };
  const stop = (): void => {
    end(unavailable(signal?.reason));
  };
  signal?.addEventListener('abort', stop);
  for (const client of clients) {
    client.on('error', (error: unknown) => {
      end(unavailable(error));
    });
    client.on('end', () => {
      end(unavailable(new Error('The connection has ended')));
    });
  }
  const open = async (client: (typeof clients)[number]): Promise<void> => {
    await client.connect();
    // What ends it before it has a socket leaves it with one.
    if (hasEnded) {
      client.destroy();
    }
  };
  const failed = ended.then((error): never => {
    throw error;
  });
  try {
    await Promise.race([Promise.all(clients.map(open)), failed]);
  } catch (error) {
    end(unavailable(error));
    throw unavailable(error);
  }
  return {
    ended,
    end: () => {
      end(unavailable(new Error('The connection was closed')));
    },
    command: async (...command) => {
      try {
        return await commands.sendCommand<RedisReply>(command);
      } catch (error) {
        throw commands.isReady && isRefusal(error)
          ? new RedisError('REDIS_REFUSED', toError(error).message, { cause: error })
          : unavailable(error);
      }
    },
    subscribe: async (channel, listener) => {
      await messages.subscribe(channel, listener);
    },
    subscribePattern: async (pattern, listener) => {
      await messages.pSubscribe(pattern, listener);
    },
  };
}

function createOne({ host, port, database, username, password, isEncrypted }: RedisAddress) {
  return createClient({
    RESP: 2,
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // What a lost connection means is decided by those who use it, not by the library.
    disableOfflineQueue: true,
    // The library's own limit, on how long a command waits to be written, would take a connection
    // that is only slow for one that has ended.
    commandOptions: { timeout: 0 },
    socket: {
      host,
      port,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: false,
      ...(isEncrypted ? { tls: true as const } : { tls: false as const }),
    },
  });
}

/** Whether Redis itself has said no: its errors begin with a word in capitals. */
function isRefusal(error: unknown): boolean {
  return /^[A-Z]+\b/.test(toError(error).message);
}

function unavailable(error: unknown): RedisError {
  if (error instanceof RedisError) {
    return error;
  }
  const { message } = toError(error);
  const reason = error instanceof AggregateError ? toError(error.errors[0]).message : message;
  return new RedisError('REDIS_UNAVAILABLE', reason, { cause: error });
}
