import { check, checkOptions, rules } from '@diptych/formats/errors';
import { checkRows, checkSameDims } from '../features/feature-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import { unitRows } from './column-statistics.ts';

/**
 * Alignment of two views: mean_i |x_i - y_i|^alpha of rows scaled to length 1; 0 when the views agree.
 *
 * **Shapes** x and y [n, dims]. **Memory** what goes in is left as it is.
 *
 * @throws DiptychError if the sets do not match or a number is not finite.
 * @see Wang and Isola 2020, Understanding contrastive representation learning, section 4.1, arXiv:2005.10242
 * @example
 * const drift = alignment({ rows: first, dims: 64 }, { rows: second, dims: 64 });
 */
export function alignment(x: FeatureRows, y: FeatureRows, options: { alpha?: number } = {}): number {
  const where = 'alignment';
  const { alpha = 2 } = checkOptions(where, options, { alpha: rules.positive });
  const count = checkRows(x, where, 'x');
  checkSameDims(where, { x, y });
  check(checkRows(y, where, 'y') === count, where, 'y', `${count} rows, as x`, y.rows.length / y.dims);
  const [a, b] = [unitRows(x), unitRows(y)];
  let sum = 0;
  for (let i = 0; i < count; i++) sum += squaredDistance(a, i, b, i, x.dims) ** (alpha / 2);
  return sum / count;
}

/**
 * Uniformity: log of the mean over pairs i < j of exp(-t |x_i - x_j|^2), rows scaled to length 1; 0 when all rows agree, the
 * lower the more evenly they cover the sphere.
 *
 * **Shapes** x [n, dims]. **Memory** what goes in is left as it is.
 *
 * @throws DiptychError if there are fewer than 2 rows or a number is not finite.
 * @see Wang and Isola 2020, section 4.1, arXiv:2005.10242
 * @example
 * const spread = uniformity({ rows, dims: 64 });
 */
export function uniformity(x: FeatureRows, options: { t?: number } = {}): number {
  const { t = 2 } = checkOptions('uniformity', options, { t: rules.positive });
  const count = checkRows(x, 'uniformity', 'x', 2);
  const rows = unitRows(x);
  // log of the sum of exp(-t d), less the largest exponent, so that a high t cannot leave log 0.
  let nearest = Infinity;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const distance = squaredDistance(rows, i, rows, j, x.dims);
      if (distance < nearest) {
        sum = sum === 0 ? 0 : sum * Math.exp(-t * (nearest - distance));
        nearest = distance;
      }
      sum += Math.exp(-t * (distance - nearest));
    }
  }
  return Math.log(sum / ((count * (count - 1)) / 2)) - t * nearest;
}

function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number, dims: number): number {
  let sum = 0;
  for (let d = 0; d < dims; d++) sum += (a[i * dims + d] - b[j * dims + d]) ** 2;
  return sum;
}
