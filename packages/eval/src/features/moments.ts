import { check, checkAllFinite, checkCount, checkLength, checkRule, fail, rules } from '@diptych/formats/errors';
import { featureRules } from './feature-rules.ts';
import { checkRows, checkSameDims, columnMeans } from './feature-rows.ts';
import type { FeatureRows } from './feature-rows.ts';

/** Mean and covariance of feature rows, in float64. */
export interface Moments {
  /** Number of rows behind them. */
  count: number;
  dims: number;
  /** [dims] */
  mean: Float64Array;
  /** [dims, dims], divided by count - 1. */
  covariance: Float64Array;
}

/**
 * Mean and covariance (divided by n - 1, as every FID implementation does) of feature rows.
 *
 * **Shapes** rows [n, dims]; mean [dims], covariance [dims, dims], row-major. **Memory** dims * (dims + 1) doubles.
 *
 * @throws DiptychError if there are fewer than 2 rows or one holds NaN or infinity (the message names it).
 * @example
 * const { mean, covariance } = moments({ rows: new Float32Array([0, 0, 2, 4]), dims: 2 });
 */
export function moments(features: FeatureRows): Moments {
  checkRows(features, 'moments', 'features', 2);
  return new StreamingMoments(features.dims).add(features).result();
}

/** Whether a value is `Moments` rather than rows. */
export function isMoments(value: FeatureRows | Moments): value is Moments {
  return 'covariance' in value;
}

/** Throws unless moments have the sizes they claim, hold finite numbers, and can be those of rows. */
export function checkMoments(value: Moments, where: string, parameter: string): void {
  checkRule(where, parameter, featureRules.moments, value);
  const { count, dims, mean, covariance } = value;
  checkCount(where, { [`${parameter}.dims`]: dims });
  const isCount = rules.count.holds(count) || count === Infinity || Number.isNaN(count);
  const rule = 'a positive integer, Infinity for those of the distribution itself, or NaN where it is not known';
  check(isCount, where, `${parameter}.count`, rule, count);
  checkRule(where, `${parameter}.mean`, featureRules.numbers, mean);
  checkRule(where, `${parameter}.covariance`, featureRules.numbers, covariance);
  checkLength(where, { [`${parameter}.mean`]: mean }, dims);
  checkLength(where, { [`${parameter}.covariance`]: covariance }, dims * dims, `${dims}x${dims}`);
  checkAllFinite(where, { [`${parameter}.mean`]: mean, [`${parameter}.covariance`]: covariance });
  checkSymmetric(covariance, dims, where, `${parameter}.covariance`);
}

/** Share of the spread of both columns by which the two halves of a covariance may differ: rounding of single precision, and some. */
const asymmetry = 1e-4;

function checkSymmetric(covariance: Float64Array, dims: number, where: string, parameter: string): void {
  for (let i = 0; i < dims; i++) {
    const variance = covariance[i * dims + i];
    if (variance < 0) check(false, where, parameter, 'positive semidefinite, with variances >= 0', variance);
    for (let j = 0; j < i; j++) {
      const [below, above] = [covariance[i * dims + j], covariance[j * dims + i]];
      const close = Math.abs(below - above) <= asymmetry * Math.sqrt(variance * covariance[j * dims + j]);
      if (!close) check(false, where, parameter, `symmetric, at [${i}, ${j}]`, [below, above]);
    }
  }
}

/**
 * Mean and covariance of rows that come in chunks, in float64, without keeping the rows.
 *
 * A chunk of m rows with mean c and scatter S_c joins n rows with mean a and scatter S by
 * S += S_c + (c - a)(c - a)' n m / (n + m), a += (c - a) m / (n + m): no sum of squares is formed, so a large common
 * offset costs no digits, and chunks may be joined in any order and on several workers (`merge`).
 *
 * **Memory** dims * (dims + 1) doubles.
 *
 * @see Chan, Golub, LeVeque 1979, Updating formulae and a pairwise algorithm for computing sample variances, eq. 2.1
 * @example
 * const stream = new StreamingMoments(64);
 * for (const chunk of chunks) stream.add(chunk);
 * const { mean, covariance } = stream.result();
 */
export class StreamingMoments {
  readonly dims: number;
  #count = 0;
  readonly #mean: Float64Array;
  /** Sum over rows of (x - mean)(x - mean)', upper triangle only. */
  readonly #scatter: Float64Array;

  constructor(dims: number) {
    checkCount('StreamingMoments', { dims });
    this.dims = dims;
    this.#mean = new Float64Array(dims);
    this.#scatter = new Float64Array(dims * dims);
  }

  /** Rows so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes a chunk of rows in.
   *
   * @throws DiptychError if its rows are of another length or not finite; nothing is taken in then.
   */
  add(features: FeatureRows): this {
    const { dims } = this;
    const count = checkRows(features, 'StreamingMoments.add', 'features', 0);
    checkSameDims('StreamingMoments.add', { moments: this, features });
    if (count === 0) return this;

    const mean = columnMeans(features.rows, dims);
    this.#join(count, mean);
    // Four rows at a time, so that an entry of the scatter is read once for four products; missing rows are 0.
    const centered = new Float64Array(4 * dims);
    for (let row = 0; row < count; row += 4) {
      for (let i = 0; i < 4 * dims; i++) {
        centered[i] = row * dims + i < features.rows.length ? features.rows[row * dims + i] - mean[i % dims] : 0;
      }
      addFourOuterProducts(this.#scatter, centered, dims);
    }
    return this;
  }

  /** Takes the rows of another stream in. */
  merge(other: StreamingMoments): this {
    check(other instanceof StreamingMoments, 'StreamingMoments.merge', 'other', 'StreamingMoments', other);
    checkSameDims('StreamingMoments.merge', { moments: this, other });
    if (other.#count === 0) return this;
    const scatter = other === this ? this.#scatter.slice() : other.#scatter;
    this.#join(other.#count, other.#mean.slice());
    for (let i = 0; i < scatter.length; i++) this.#scatter[i] += scatter[i];
    return this;
  }

  /**
   * The moments of all rows so far; more may be added afterwards.
   *
   * @throws DiptychError if there are fewer than 2 rows.
   */
  result(): Moments {
    const { dims } = this;
    if (this.#count < 2) fail('StreamingMoments.result', `a covariance takes at least 2 rows, and ${this.#count} came`);
    const covariance = new Float64Array(dims * dims);
    for (let i = 0; i < dims; i++) {
      for (let j = i; j < dims; j++) {
        covariance[i * dims + j] = covariance[j * dims + i] = this.#scatter[i * dims + j] / (this.#count - 1);
      }
    }
    const isFinite = covariance.every(Number.isFinite) && this.#mean.every(Number.isFinite);
    if (!isFinite) fail('StreamingMoments.result', 'the covariance of rows of this size leaves the range of doubles');
    return { count: this.#count, dims, mean: this.#mean.slice(), covariance };
  }

  /** The part of joining `count` rows that their mean decides. */
  #join(count: number, mean: Float64Array): void {
    const total = this.#count + count;
    const distance = mean.map((value, d) => value - this.#mean[d]);
    if (this.#count > 0) addOuterProduct(this.#scatter, distance, (this.#count * count) / total);
    for (let d = 0; d < this.dims; d++) this.#mean[d] += distance[d] * (count / total);
    this.#count = total;
  }
}

/** Upper triangle of S += weight * v v'. */
function addOuterProduct(scatter: Float64Array, vector: Float64Array, weight: number): void {
  const dims = vector.length;
  for (let i = 0; i < dims; i++) {
    const factor = weight * vector[i];
    if (factor === 0) continue;
    for (let j = i, at = i * dims + i; j < dims; j++, at++) scatter[at] += factor * vector[j];
  }
}

/** Upper triangle of S += a a' + b b' + c c' + d d' for the four rows of a block. */
function addFourOuterProducts(scatter: Float64Array, block: Float64Array, dims: number): void {
  const [b, c, d] = [dims, 2 * dims, 3 * dims];
  for (let i = 0; i < dims; i++) {
    const [p, q, r, s] = [block[i], block[b + i], block[c + i], block[d + i]];
    const row = i * dims;
    for (let j = i; j < dims; j++) {
      scatter[row + j] += p * block[j] + q * block[b + j] + r * block[c + j] + s * block[d + j];
    }
  }
}
