/** Starts simulated Bybits and follows their topics; what is opened is closed with its test. */
import { once } from 'node:events';
import {
  type BybitSimulator,
  type BybitSimulatorOptions,
  createBybitSimulator,
} from '@tickwire/simulator';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { ask, type Json, waitFor } from './simulator.ts';

/** Starts a simulator on a free port. */
export async function startBybit(options: BybitSimulatorOptions = {}): Promise<BybitSimulator> {
  const simulator = createBybitSimulator(options);
  onTestFinished(() => simulator.close());
  await simulator.start();
  return simulator;
}

/** A clock that stands still until a test moves it on. */
export interface HandClock {
  readonly now: () => number;
  set(timeMs: number): void;
  add(byMs: number): void;
}

export function handClock(startMs: number): HandClock {
  let timeMs = startMs;
  return {
    now: () => timeMs,
    set: (toMs) => {
      timeMs = toMs;
    },
    add: (byMs) => {
      timeMs += byMs;
    },
  };
}

/** One client's socket. */
export interface BybitClient {
  readonly socket: WebSocket;
  /** All messages so far, as they came. */
  readonly texts: readonly string[];
  /** The messages of a topic so far, parsed. */
  frames(topic: string): readonly Json[];
  /** The messages without a topic so far, parsed. */
  answers(): readonly Json[];
  send(message: unknown): void;
  /** Sends a frame and waits for the answer that has its id. */
  request(op: string, args: readonly string[]): Promise<Json>;
  /** The close code; undefined while the socket is open. */
  readonly closeCode: number | undefined;
}

/** Connects to a category and resolves once the socket is open. */
export async function connect(
  simulator: BybitSimulator,
  category: string,
  options: ClientOptions = {},
): Promise<BybitClient> {
  const socket = new WebSocket(`${simulator.wsUrl}/v5/public/${category}`, options);
  onTestFinished(() => {
    socket.terminate();
  });
  const texts: string[] = [];
  let closeCode: number | undefined;
  let requestCount = 0;
  socket.on('message', (data: Buffer) => texts.push(data.toString()));
  socket.on('close', (code) => (closeCode = code));
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const parsed = (): readonly Json[] => texts.map((text) => JSON.parse(text) as Json);
  const answers = (): readonly Json[] => parsed().filter(({ topic }) => topic === undefined);
  const send = (message: unknown): void => {
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  };
  return {
    socket,
    texts,
    frames: (topic) => parsed().filter((frame) => textOf(frame['topic']) === topic),
    answers,
    send,
    async request(op, args) {
      requestCount += 1;
      const id = `r${requestCount}`;
      const isAnswer = ({ req_id: given }: Json): boolean => textOf(given) === id;
      send({ req_id: id, op, args });
      await waitFor(() => answers().some(isAnswer));
      return answers().find(isAnswer)!;
    },
    get closeCode() {
      return closeCode;
    },
  };
}

/** A client that follows topics of a venue whose clock a test moves. */
export interface Followed {
  readonly clock: HandClock;
  readonly client: BybitClient;
  readonly simulator: BybitSimulator;
  /** Moves the clock and waits until something new has come of a topic. */
  readonly move: (topic: string, byMs: number) => Promise<Json>;
  /** Moves the clock and waits until all topics were asked what is due. */
  readonly pass: (byMs: number) => Promise<void>;
}

/** Changes so often that a frame of it shows that time has passed. */
const LIVELY = 'orderbook.50.BTCUSDT';

/** Starts a simulator at a time, subscribes to topics of a category and awaits their first frames. */
export async function follow(
  category: string,
  topics: readonly string[],
  nowMs: number,
): Promise<Followed> {
  const clock = handClock(nowMs);
  const simulator = await startBybit({ now: clock.now });
  const client = await connect(simulator, category);
  await client.request('subscribe', topics);
  const greeted = topics.filter((topic) => !topic.startsWith('publicTrade.'));
  await waitFor(() => greeted.every((topic) => client.frames(topic).length === 1));
  const witness = await connect(simulator, 'linear');
  await witness.request('subscribe', [LIVELY]);
  await waitFor(() => witness.frames(LIVELY).length === 1);
  const moved = async (by: BybitClient, topic: string, byMs: number): Promise<Json> => {
    const before = by.frames(topic).length;
    clock.add(byMs);
    await waitFor(() => by.frames(topic).length > before);
    return by.frames(topic).at(-1)!;
  };
  return {
    clock,
    client,
    simulator,
    move: (topic, byMs) => moved(client, topic, byMs),
    async pass(byMs) {
      await moved(witness, LIVELY, byMs);
      await client.request('ping', []);
    },
  };
}

/** The elements of a frame's `data`. */
export const bars = (frame: Json | undefined): readonly Json[] =>
  frame?.['data'] as unknown as Json[];

/** The HTTP status that a request to connect is refused with. */
export async function refusedWith(simulator: BybitSimulator, path: string): Promise<unknown> {
  const socket = new WebSocket(simulator.wsUrl + path);
  onTestFinished(() => {
    socket.terminate();
  });
  const refused = new Promise((resolve) => {
    socket.on('error', (error) => {
      resolve(Number(/response: (\d+)/.exec(error.message)?.[1]));
    });
    socket.on('open', () => {
      resolve('open');
    });
  });
  return refused;
}

/** The `result` of a REST answer. */
export async function rest(simulator: BybitSimulator, path: string): Promise<Json> {
  const answer = await ask(`${simulator.restUrl}/v5/market/${path}`);
  return answer.json()['result']!;
}

/** The rows of a REST answer. */
export async function rows<Row = readonly string[]>(
  simulator: BybitSimulator,
  path: string,
): Promise<readonly Row[]> {
  return (await rest(simulator, path))['list'] as unknown as readonly Row[];
}

/** A field that is a text. */
export function textOf(value: Json | undefined): string {
  return value as unknown as string;
}

const DIGITS = 20;

/** A decimal as a whole number of units of its twentieth digit, so that sums are exact. */
export function exact(text: unknown): bigint {
  const [whole = '', fraction = ''] = String(text).split('.');
  return BigInt(whole + fraction.padEnd(DIGITS, '0'));
}
