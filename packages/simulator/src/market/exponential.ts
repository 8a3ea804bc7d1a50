/**
 * e to the power of a moderate number. `Math.exp` may differ in its last bit between machines; this
 * uses nothing but the operations whose results IEEE 754 fixes.
 */

const HALVINGS = 4;
const SCALE = 1 / (1 << HALVINGS);
/** For 1/16 the first term left out of the power series is 4e-17. */
const TERMS = 8;

/** Exact to some 1e-14 relative for arguments between -1 and 1. */
export function exponential(value: number): number {
  const scaled = value * SCALE;
  let result = 1;
  for (let term = TERMS; term > 0; term -= 1) {
    result = 1 + (result * scaled) / term;
  }
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    result *= result;
  }
  return result;
}
