const RETRY_AFTER_S = { min: 1, max: 5 };

/** Seconds to stay away, jittered so that not all clients are back at the same moment. */
export function jitteredRetryAfter(): number {
  const { min, max } = RETRY_AFTER_S;
  return Math.round((min + Math.random() * (max - min)) * 10) / 10;
}
