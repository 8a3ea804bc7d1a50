import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a route says, as text. */
export interface Content {
  readonly text: string;
  readonly type: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** A JSON object with at least one field. */
export function jsonContent(value: object): Content {
  return { text: JSON.stringify(value), type: JSON_TYPE };
}

/**
 * Answers with a content, or with 304 where the client has it already. The tag is of the content
 * alone: `timestamp`, which says when it was told, is new each time and changes nothing. It is a
 * weak one, because the same content may travel compressed.
 */
export function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { text, type }: Content,
  timestamp?: string,
): FastifyReply {
  const tag = `W/"${hash('sha1', type + text, 'base64url')}"`;
  // Clients may keep it, and are to ask each time whether it still holds.
  void reply.header('etag', tag).header('cache-control', 'no-cache');
  if (isKnown(request.headers['if-none-match'], tag)) {
    return reply.code(304).send();
  }
  // Written around what is text already: a matrix is not turned into text a second time.
  const told = timestamp === undefined ? text : `{"timestamp":"${timestamp}",${text.slice(1)}`;
  return reply.type(type).send(told);
}

/** `W/"a", "b"` or `*`, https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match. */
function isKnown(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((known) => ['*', tag].includes(known.trim())) ?? false;
}
