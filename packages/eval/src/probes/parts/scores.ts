import type { FeatureRows } from '../../features/feature-rows.ts';

/** W x + b of every row, into `result` [n, classes]. */
export function scores(
  rows: FeatureRows['rows'],
  dims: number,
  weight: Float64Array,
  bias: Float64Array,
  result: Float64Array,
): void {
  const classes = bias.length;
  for (let i = 0; i < result.length / classes; i++) {
    let k = 0;
    // Four classes at a time: a number of the row is read once for four products.
    for (; k + 4 <= classes; k += 4) {
      let [p, q, r, s] = [bias[k], bias[k + 1], bias[k + 2], bias[k + 3]];
      for (let d = 0, at = i * dims, w = k * dims; d < dims; d++, at++, w++) {
        const value = rows[at];
        p += value * weight[w];
        q += value * weight[w + dims];
        r += value * weight[w + 2 * dims];
        s += value * weight[w + 3 * dims];
      }
      const to = i * classes + k;
      result[to] = p;
      result[to + 1] = q;
      result[to + 2] = r;
      result[to + 3] = s;
    }
    for (; k < classes; k++) {
      let sum = bias[k];
      for (let d = 0, a = i * dims, b = k * dims; d < dims; d++) sum += rows[a + d] * weight[b + d];
      result[i * classes + k] = sum;
    }
  }
}

/** result [classes, dims] += errors' rows. One row after the other in every sum, so that chunks change no bit. */
export function addProducts(
  result: Float64Array,
  errors: Float64Array,
  rows: FeatureRows['rows'],
  dims: number,
  classes: number,
): void {
  const count = errors.length / classes;
  let i = 0;
  // Four rows at a time: a number of the result is read and written once for four products.
  for (; i + 4 <= count; i += 4) {
    for (let k = 0; k < classes; k++) {
      const e = i * classes + k;
      const [p, q, r, s] = [errors[e], errors[e + classes], errors[e + 2 * classes], errors[e + 3 * classes]];
      for (let d = 0, at = i * dims, to = k * dims; d < dims; d++, at++, to++) {
        result[to] =
          result[to] + p * rows[at] + q * rows[at + dims] + r * rows[at + 2 * dims] + s * rows[at + 3 * dims];
      }
    }
  }
  for (; i < count; i++) {
    for (let k = 0; k < classes; k++) {
      const error = errors[i * classes + k];
      for (let d = 0, from = i * dims, to = k * dims; d < dims; d++) result[to + d] += error * rows[from + d];
    }
  }
}

/** Mean cross-entropy; the scores become probabilities in place. */
export function softmaxCrossEntropy(logits: Float64Array, labels: ArrayLike<number>, classes: number): number {
  return addCrossEntropy(0, logits, labels, 0, classes) / labels.length;
}

/** `total` plus the cross-entropy of each row, whose labels begin at `first`; the scores become probabilities in place. */
export function addCrossEntropy(
  total: number,
  logits: Float64Array,
  labels: ArrayLike<number>,
  first: number,
  classes: number,
): number {
  for (let i = 0; i < logits.length / classes; i++) {
    const at = i * classes;
    let most = -Infinity;
    for (let k = 0; k < classes; k++) most = Math.max(most, logits[at + k]);
    const target = logits[at + labels[first + i]] - most;
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const e = Math.exp(logits[at + k] - most);
      logits[at + k] = e;
      sum += e;
    }
    for (let k = 0; k < classes; k++) logits[at + k] /= sum;
    total += Math.log(sum) - target;
  }
  return total;
}
