/**
 * What the gateways have brought to clients since the start. Plain counters, which whoever shows
 * them reads when it likes; the gateways alone write them.
 */
export interface FanOutStats {
  /** Messages handed to connections, each once per client; a conflated one counts once. */
  deliveries: number;
  /** Bytes of those, with the frames around them. */
  bytes: number;
  /** Writes to connections that carried them. */
  writes: number;
  /** How often what a tick of the event loop had collected was sent on. */
  flushes: number;
  /** Messages that were sent on by those, each once however many clients it has. */
  flushedMessages: number;
  /** How long those took, all together. */
  flushMs: number;
  /** Messages that a newer one of their channel took the place of. */
  conflated: number;
  /** Messages that waited for a client when it was closed because too many did. */
  dropped: number;
  /** Clients that were closed because more waited for them than may. */
  slowCloses: number;
  /** What became of subscriptions that said what the client has. */
  readonly recoveries: { recovered: number; notRecovered: number };
  /** Bytes that wait for clients now, in outboxes and connections of those that are behind. */
  readonly outboxBytes: number;
  /**
   * Called after each flush, where it is set: how long it took, and how long the oldest of its
   * messages had waited when it was over. MUST NOT throw.
   */
  onFlush: ((flush: FlushTimes) => void) | undefined;
}

export interface FlushTimes {
  readonly tookMs: number;
  /** From the first message that was collected to the last write. */
  readonly waitedMs: number;
  readonly messages: number;
}
