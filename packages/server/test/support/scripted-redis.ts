import type { RedisConnection, RedisListener, RedisReply } from '../../src/ports/redis.ts';

/** A command that waits for its answer. */
export interface AskedCommand {
  readonly words: readonly string[];
  readonly answer: (reply: RedisReply) => void;
  readonly fail: (error: Error) => void;
}

/** A connection whose every answer and message a test gives. */
export function createScriptedRedis() {
  const asked: AskedCommand[] = [];
  /** By channel or pattern. */
  const listeners = new Map<string, RedisListener>();
  const listen = (name: string, listener: RedisListener): Promise<void> => {
    listeners.set(name, listener);
    return Promise.resolve();
  };
  const connection: RedisConnection = {
    command: (...words) =>
      new Promise((resolve, reject) => {
        asked.push({ words, answer: resolve, fail: reject });
      }),
    subscribe: listen,
    subscribePattern: listen,
  };
  /** The next command that nobody has answered yet. */
  const next = (): AskedCommand => {
    const command = asked.shift();
    if (command === undefined) {
      throw new Error('Expected a command');
    }
    return command;
  };
  /** Brings a message to whoever has subscribed to a channel. */
  const tell = (channel: string, text: string): void => {
    listeners.get(channel)?.(text, channel);
  };
  return { connection, next, tell, waiting: () => asked.length };
}
