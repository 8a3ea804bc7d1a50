import { STATUS_CODES } from 'node:http';
import type { FastifyError } from 'fastify';
import { StoreError } from '../domain/errors.ts';

/** What is asked for does not exist, or there is nothing of it yet: 404. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
  readonly statusCode = 404;
}

/** A parameter is wrong in a way that its own schema cannot see: 400. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
  readonly statusCode = 400;
}

/** How a request failed, in words for the client; nothing of our own code is in them. */
export interface Problem {
  readonly status: number;
  readonly error: string;
  readonly message: string;
}

const OUR_FAULT = 500;
const DEPENDENCY_DOWN = 503;

/** What the client is told of an error. */
export function toProblem(error: FastifyError | Error): Problem {
  if (error instanceof StoreError) {
    // What the database cannot do now is not the client's fault, and may pass.
    return problemOf(DEPENDENCY_DOWN, `The database cannot be used: ${error.code}`);
  }
  const { validation, statusCode = OUR_FAULT } = error as Partial<FastifyError>;
  if (validation !== undefined) {
    return problemOf(400, validation.map(describe).join('; '));
  }
  return statusCode >= OUR_FAULT || statusCode < 400
    ? problemOf(OUR_FAULT, 'The log has the reason')
    : problemOf(statusCode, error.message);
}

/** `There is no GET /no/such/thing`. */
export function unknownAddress(method: string, url: string): Problem {
  return problemOf(404, `There is no ${method} ${url.slice(0, 200)}`);
}

function problemOf(status: number, message: string): Problem {
  const name = status === OUR_FAULT ? 'Internal error' : (STATUS_CODES[status] ?? 'Error');
  return { status, error: `${name.charAt(0)}${name.slice(1).toLowerCase()}`, message };
}

/** `limit: expected a whole number from 1 to 5000`. */
function describe({
  instancePath,
  message = 'it is wrong',
}: NonNullable<FastifyError['validation']>[number]): string {
  return `${instancePath.slice(1).slice(0, 60)}: ${message}`;
}
