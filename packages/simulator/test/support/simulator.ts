/** Starts simulators and talks to them over real sockets; what is opened is closed with its test. */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import {
  createOandaSimulator,
  type OandaSimulator,
  type OandaSimulatorOptions,
} from '@tickwire/simulator';
import { onTestFinished } from 'vitest';

export const ACCOUNT = '/v3/accounts/101-001-0000001-001';

/** Starts a simulator on free ports. */
export async function startSimulator(options: OandaSimulatorOptions = {}): Promise<OandaSimulator> {
  const simulator = createOandaSimulator(options);
  onTestFinished(() => simulator.close());
  await simulator.start();
  return simulator;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  json(): Json;
}

/** What a test reads of an answer's body. */
export interface Json {
  readonly [key: string]: Json;
  readonly [index: number]: Json;
}

export interface AskOptions {
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly body?: string;
  readonly agent?: Agent;
}

const TOKEN = { authorization: 'Bearer test' };

/** Sends one request and reads the whole answer. */
export async function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const response = await send(url, options);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString('utf8');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    text,
    json: () => JSON.parse(text) as Json,
  };
}

function send(
  url: string,
  { headers, method = 'GET', body, agent }: AskOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, headers: { ...TOKEN, ...headers }, ...(agent === undefined ? {} : { agent }) },
      resolve,
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A stream that a test reads. */
export interface StreamClient {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The chunks of the body as they came. */
  readonly chunks: readonly string[];
  /** The whole lines so far, without their line feeds. */
  lines(): readonly string[];
  /** The lines that are prices, parsed. */
  prices(): readonly WirePrice[];
  /** Why the stream is over; undefined while it is open. */
  readonly ending: 'end' | 'reset' | undefined;
  close(): void;
}

export interface WirePrice {
  readonly type: string;
  readonly time: string;
  readonly instrument: string;
  readonly tradeable: boolean;
  readonly status: string;
  readonly bids: readonly { readonly price: string }[];
  readonly asks: readonly { readonly price: string }[];
}

/** Opens a stream and resolves once its head is there. */
export async function openStream(
  simulator: OandaSimulator,
  query: string,
  headers: Record<string, string> = {},
): Promise<StreamClient> {
  const url = `${simulator.streamUrl}${ACCOUNT}/pricing/stream?${query}`;
  const response = await send(url, { headers, agent: new Agent({ keepAlive: false }) });
  const chunks: string[] = [];
  let ending: 'end' | 'reset' | undefined;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => chunks.push(chunk));
  response.on('end', () => (ending ??= 'end'));
  response.on('error', () => (ending ??= 'reset'));
  onTestFinished(() => {
    response.destroy();
  });
  const lines = (): readonly string[] => chunks.join('').split('\n').slice(0, -1);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    chunks,
    lines,
    prices: () =>
      lines()
        .map((line) => JSON.parse(line) as WirePrice)
        .filter(({ type }) => type !== 'HEARTBEAT'),
    get ending() {
      return ending;
    },
    close: () => response.destroy(),
  };
}

/** Resolves once a condition holds; the test's own timeout ends a wait in vain. */
export async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A clock that begins at a time and goes on as the real one does. */
export function clockFrom(startMs: number): () => number {
  const realStartMs = Date.now();
  return () => startMs + Date.now() - realStartMs;
}
