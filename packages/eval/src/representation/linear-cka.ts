import { multiplyTransposed, transposed } from '@diptych/core/numeric';
import type { Matrix } from '@diptych/core/numeric';
import { check } from '@diptych/formats/errors';
import { checkRows } from '../features/feature-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import { centeredAndScaled } from './column-statistics.ts';

/**
 * Linear centered kernel alignment of two sets of features of the SAME images, 0 (unlike) to 1 (equal but for a rotation and a
 * scale): |Y'X|^2 / (|X'X| |Y'Y|) with centered columns and Frobenius norms.
 *
 * **Shapes** x [n, dims], y [n, other dims]. **Memory** the smaller of dims by dims and rows by rows, in float64.
 *
 * @throws DiptychError if the numbers of rows differ or are below 2, a number is not finite, or a set does not vary.
 * @see Kornblith et al. 2019, Similarity of neural network representations revisited, eq. 5, arXiv:1905.00414
 * @example
 * const similarity = linearCka({ rows: layer3, dims: 64 }, { rows: layer4, dims: 128 });
 */
export function linearCka(x: FeatureRows, y: FeatureRows): number {
  const where = 'linearCka';
  const count = checkRows(x, where, 'x', 2);
  check(checkRows(y, where, 'y', 2) === count, where, 'y', `${count} rows, as x`, y.rows.length / y.dims);
  const [a, b] = [centeredAndScaled(x), centeredAndScaled(y)];
  let cross: number;
  let left: number;
  let right: number;
  if (Math.max(x.dims, y.dims) > count) {
    const [k, l] = [multiplyTransposed(a, a), multiplyTransposed(b, b)];
    cross = k.data.reduce((sum, value, i) => sum + value * l.data[i], 0);
    [left, right] = [norm2(k), norm2(l)];
  } else {
    const [p, q] = [transposed(a), transposed(b)];
    cross = norm2(multiplyTransposed(q, p));
    [left, right] = [norm2(multiplyTransposed(p, p)), norm2(multiplyTransposed(q, q))];
  }
  check(
    left > 0 && right > 0,
    where,
    'x and y',
    'sets whose rows differ',
    left > 0 ? 'equal rows in y' : 'equal rows in x',
  );
  return cross / (Math.sqrt(left) * Math.sqrt(right));
}

function norm2({ data }: Matrix): number {
  return data.reduce((sum, value) => sum + value * value, 0);
}
