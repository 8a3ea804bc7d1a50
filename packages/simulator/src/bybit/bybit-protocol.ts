/**
 * What Bybit answers to the frames that clients send, one answer to each: the texts as they were
 * seen on the wire in 2025 and 2026. Which topics are followed is the caller's to remember.
 */
import type { BybitCategory } from './bybit-category.ts';
import { splitTopic } from './bybit-venue.ts';

/** Longest sum of the names of all topics that one socket may follow, as measured in 2026. */
const MAX_TOPIC_CHARACTERS = 21_000;
const MAX_SPOT_ARGS = 10;

/** What a client asks for in one frame. */
export interface ClientFrame {
  readonly op: string;
  /** Undefined if the frame has none. */
  readonly requestId: string | undefined;
  /** Undefined if they are missing or not all texts. */
  readonly topics: readonly string[] | undefined;
}

/** Reads a frame; of one that is no JSON object, the complaint about it. */
export function parseClientFrame(text: string): ClientFrame | string {
  const first = text.trimStart()[0];
  if (first !== '{') {
    const found = first ?? '\\u0000';
    return (
      `Failed to decode incoming data:readObjectStart: expect { or n, but found ${found}, ` +
      `error found in #1 byte of ...|${text.slice(0, 10)}|..., ` +
      `bigger context ...|${text.slice(0, 32)}|...`
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return `Failed to decode incoming data:readMapCB: incomplete object, ...|${text.slice(0, 32)}|...`;
  }
  const fields = new Map<string, unknown>(Object.entries(body ?? {}));
  const [op, id, args] = [fields.get('op'), fields.get('req_id'), fields.get('args')];
  return {
    op: typeof op === 'string' ? op : '',
    requestId: typeof id === 'string' ? id : undefined,
    topics: isTexts(args) ? args : undefined,
  };
}

/** What the answer to a frame says. */
export interface Answer {
  readonly success: boolean;
  readonly message: string;
}

/** The answer as text; without an id in the frame, spot leaves it out and the others send ''. */
export function answerText(
  category: BybitCategory,
  connectionId: string,
  { op, requestId }: Pick<ClientFrame, 'op' | 'requestId'>,
  { success, message }: Answer,
): string {
  const hasId = requestId !== undefined || category !== 'spot';
  return JSON.stringify({
    success,
    ret_msg: message,
    conn_id: connectionId,
    ...(hasId ? { req_id: requestId ?? '' } : {}),
    op,
  });
}

/** What the check of a subscription needs to know. */
export interface SubscriptionState {
  readonly category: BybitCategory;
  readonly followed: ReadonlySet<string>;
  readonly hasTopic: (topic: string) => boolean;
  readonly hasSymbol: (symbol: string) => boolean;
}

/**
 * Why a frame that subscribes is refused as a whole, naming its first bad topic; undefined if it
 * is not.
 */
export function refusalOf(
  topics: readonly string[] | undefined,
  { category, followed, hasTopic, hasSymbol }: SubscriptionState,
): string | undefined {
  if (topics === undefined) {
    return 'Params Error';
  }
  if (category === 'spot' && topics.length > MAX_SPOT_ARGS) {
    return `args size >${MAX_SPOT_ARGS}`;
  }
  const seen = new Set(followed);
  let characters = [...followed].reduce((sum, topic) => sum + topic.length, 0);
  for (const topic of topics) {
    if (seen.has(topic)) {
      return `error:already subscribed,topic:${topic}`;
    }
    if (!hasTopic(topic)) {
      return category === 'spot' && !hasSymbol(splitTopic(topic).symbol)
        ? `Invalid symbol :[${topic}]`
        : `error:handler not found,topic:${topic}`;
    }
    seen.add(topic);
    characters += topic.length;
  }
  return characters > MAX_TOPIC_CHARACTERS
    ? `error:args length exceeds ${MAX_TOPIC_CHARACTERS}`
    : undefined;
}

function isTexts(args: unknown): args is readonly string[] {
  return Array.isArray(args) && args.length > 0 && args.every((arg) => typeof arg === 'string');
}
