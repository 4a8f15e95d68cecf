/**
 * Undoes the filters of `height` rows, in place; each begins with a byte that names its filter. `step` is how many bytes back the
 * pixel to the left lies. Throws an error that says what was wrong.
 *
 * @see PNG, section 9
 */
export function unfilter(rows: Uint8Array, height: number, step: number): void {
  const length = rows.length / height;
  // What lies above the first row.
  let above: Uint8Array = new Uint8Array(length);
  for (let y = 0; y < height; y++) {
    const row = rows.subarray(y * length, (y + 1) * length);
    const filter = row[0];
    if (filter > 4) throw new Error(`filter ${filter}`);
    const first = Math.min(1 + step, length);
    if (filter === 1) for (let at = first; at < length; at++) row[at] += row[at - step];
    if (filter === 2) for (let at = 1; at < length; at++) row[at] += above[at];
    if (filter === 3) {
      for (let at = 1; at < first; at++) row[at] += above[at] >> 1;
      for (let at = first; at < length; at++) row[at] += (row[at - step] + above[at]) >> 1;
    }
    if (filter === 4) {
      for (let at = 1; at < first; at++) row[at] += above[at];
      for (let at = first; at < length; at++) row[at] += paeth(row[at - step], above[at], above[at - step]);
    }
    above = row;
  }
}

/** Whichever of the three is nearest to left + above - corner. */
function paeth(left: number, above: number, corner: number): number {
  const a = Math.abs(above - corner);
  const b = Math.abs(left - corner);
  const c = Math.abs(left + above - 2 * corner);
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}
