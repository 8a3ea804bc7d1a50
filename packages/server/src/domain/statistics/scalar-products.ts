/** How many rows of either side are multiplied at once. */
const TILE = 3;
/** There is always a first row; those past the end are replaced by it and not told. */
const NO_ROW = new Float64Array(0);

/**
 * Tells the scalar product of each row of the left with each of the right, all of one length. Where
 * both are the same list, no pair is left out, but only some are told in both orders.
 *
 * Three rows by three at once, because each number is then read a third as often, and nine sums that
 * do not wait for each other keep the processor busy: three times as fast as pair by pair.
 */
export function forEachProduct(
  left: readonly Float64Array[],
  right: readonly Float64Array[],
  tell: (leftRow: number, rightRow: number, product: number) => void,
): void {
  const products = new Float64Array(TILE * TILE);
  for (let top = 0; top < left.length; top += TILE) {
    const rows = Math.min(TILE, left.length - top);
    for (let start = left === right ? top : 0; start < right.length; start += TILE) {
      const columns = Math.min(TILE, right.length - start);
      multiplyTile(left, top, right, start, products);
      for (let row = 0; row < rows; row += 1) {
        for (let column = 0; column < columns; column += 1) {
          tell(top + row, start + column, products[row * TILE + column] ?? NaN);
        }
      }
    }
  }
}

/** No arrays but those of numbers in here: whatever else it made would be most of its work. */
function multiplyTile(
  left: readonly Float64Array[],
  top: number,
  right: readonly Float64Array[],
  start: number,
  products: Float64Array,
): void {
  const a = left[top] ?? NO_ROW;
  const b = left[top + 1] ?? a;
  const c = left[top + 2] ?? a;
  const x = right[start] ?? NO_ROW;
  const y = right[start + 1] ?? x;
  const z = right[start + 2] ?? x;
  let ax = 0;
  let ay = 0;
  let az = 0;
  let bx = 0;
  let by = 0;
  let bz = 0;
  let cx = 0;
  let cy = 0;
  let cz = 0;
  for (let at = 0; at < a.length; at += 1) {
    const aAt = a[at] ?? NaN;
    const bAt = b[at] ?? NaN;
    const cAt = c[at] ?? NaN;
    const xAt = x[at] ?? NaN;
    const yAt = y[at] ?? NaN;
    const zAt = z[at] ?? NaN;
    ax += aAt * xAt;
    ay += aAt * yAt;
    az += aAt * zAt;
    bx += bAt * xAt;
    by += bAt * yAt;
    bz += bAt * zAt;
    cx += cAt * xAt;
    cy += cAt * yAt;
    cz += cAt * zAt;
  }
  products[0] = ax;
  products[1] = ay;
  products[2] = az;
  products[3] = bx;
  products[4] = by;
  products[5] = bz;
  products[6] = cx;
  products[7] = cy;
  products[8] = cz;
}
