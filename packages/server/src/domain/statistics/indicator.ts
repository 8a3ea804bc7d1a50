/**
 * What is computed from inputs that come one after another, oldest first. Fed bar by bar it is the
 * streaming form; {@link valueAfter} and {@link valuesAfterEach} are the batch forms of the same.
 */
export interface Indicator<Input, Value> {
  /** Takes the next input in. One that cannot be true (not finite, no price) changes nothing. */
  update(input: Input): void;
  /** What all inputs so far make; null while they are too few to say, and never NaN. */
  readonly value: Value | null;
}

/** What a new indicator says after all inputs, oldest first. */
export function valueAfter<Input, Value>(
  indicator: Indicator<Input, Value>,
  inputs: Iterable<Input>,
): Value | null {
  for (const input of inputs) {
    indicator.update(input);
  }
  return indicator.value;
}

/** What a new indicator says after each of the inputs, oldest first. */
export function valuesAfterEach<Input, Value>(
  indicator: Indicator<Input, Value>,
  inputs: Iterable<Input>,
): (Value | null)[] {
  return Array.from(inputs, (input) => {
    indicator.update(input);
    return indicator.value;
  });
}
