/** `/simulator/faults` on both hosts, without a token: POST orders, GET lists, DELETE clears. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAULT_NAMES, isFaultName, parseFaultCommand } from './fault-command.ts';
import type { Faults } from './faults.ts';
import { sendAnswer } from '../http/http-answer.ts';

/** The path of the endpoint. */
export const FAULTS_PATH = '/simulator/faults';

const MAX_BODY_BYTES = 16_384;

/** Answers one request; a command that is not one gets a 400 that says what was expected. */
export async function answerFaults(
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  try {
    if (request.method === 'POST') {
      faults.set(parseFaultCommand(await readJson(request)));
    } else if (request.method === 'DELETE') {
      clear(faults, query.get('fault'));
    } else if (request.method !== 'GET') {
      await sendError(request, response, 405, 'Expected GET, POST or DELETE');
      return;
    }
  } catch (error) {
    await sendError(request, response, 400, error instanceof Error ? error.message : String(error));
    return;
  }
  await sendAnswer(request, response, 200, JSON.stringify({ faults: faults.list() }));
}

function clear(faults: Faults, name: string | null): void {
  if (name !== null && !isFaultName(name)) {
    throw new Error(`Expected 'fault' to be one of ${FAULT_NAMES.join(', ')}, got '${name}'`);
  }
  faults.clear(name ?? undefined);
}

async function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  errorMessage: string,
): Promise<void> {
  await sendAnswer(request, response, status, JSON.stringify({ errorMessage }));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  const body: AsyncIterable<Buffer> = request;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new Error(`Expected a command of at most ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error(`Expected a JSON object such as {"fault":"drop"}`);
  }
}
