import { linearCombination } from '@diptych/core/samplers';
import * as tf from '@tensorflow/tfjs-core';
import { check, checkOptions, checkShape, rules } from '@diptych/formats/errors';

/** Options of `downsample`. */
export interface DownsampleOptions {
  /** Taps along each axis, of even number; divided by their sum. Default [1, 1], the mean of 2x2 pixels. */
  filter?: readonly number[];
  /** Rows and columns of zeros on each side. Default (taps - 2) / 2, which gives half the size. */
  padding?: number;
}

/**
 * Images of half the size: with f the filter of sum 1 and p the padding, y[i,j] = sum over s, t of f[s] f[t] x[2i + s - p, 2j + t - p],
 * channel by channel, zeros outside. Made of slices and sums, it has a gradient on every backend.
 *
 * **Shapes** [B, H, W, C] -> [B, floor(H/2), floor(W/2), C]; with a padding of p floor((H + 2 p - taps) / 2) + 1 rows.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if x is no image, the taps are odd in number or sum to zero, or the image is smaller than the filter
 * @see Zhang 2019, arXiv:1904.11486, section 3.2; the filter [1, 3, 3, 1]: Song et al. 2021, arXiv:2011.13456, appendix H
 * @example
 * downsample(images, { filter: [1, 3, 3, 1] }); // [8, 32, 32, 3] -> [8, 16, 16, 3]
 */
export function downsample(x: tf.Tensor4D, options: DownsampleOptions = {}): tf.Tensor4D {
  checkShape('downsample', { x }, ['B', 'H', 'W', 'C']);
  const known = { filter: rules.anything, padding: rules.index };
  const { filter = boxFilter, padding } = checkOptions('downsample', options, known);
  const taps = resampleFilter('downsample', filter);
  const around = padding ?? filterPadding(taps.length);
  const fits = x.rank === 4 && Math.min(x.shape[1], x.shape[2]) + 2 * around >= taps.length;
  check(fits, 'downsample', 'x', `images [B, H, W, C] of at least ${taps.length - 2 * around} rows and columns`, x);
  return tf.tidy(() => alongAxes(x, (lines) => halved(lines, taps, around)));
}

/** Even and odd places become neighbours in the last axis, so that each tap is one slice. */
function halved(x: tf.Tensor3D, taps: readonly number[], padding: number): tf.Tensor3D {
  const [lines, length, width] = x.shape;
  const padded = length + 2 * padding;
  const outputs = Math.floor((padded - taps.length) / 2) + 1;
  const pairs = tf.reshape(padLines(x, padding, padding + (padded % 2)), [lines, -1, 2 * width]) as tf.Tensor3D;
  return linearCombination(
    ...taps.map((tap, t) => [tap, tf.slice(pairs, [0, t >> 1, (t % 2) * width], [lines, outputs, width])] as const),
  );
}

/** Options of `upsample`. */
export interface UpsampleOptions {
  /** Taps along each axis, of even number; divided by their sum. Default [1, 1], which repeats each pixel. */
  filter?: readonly number[];
  /** Rows and columns cut from each side. Default (taps - 2) / 2, which leaves twice the size; less keeps the filter's tails. */
  padding?: number;
}

/**
 * Images of twice the size: with f the filter of sum 1 and p the padding, y[i,j] = 4 sum over u, v of x[u, v] f[i + p - 2u] f[j + p - 2v],
 * channel by channel. The transposed filter of `downsample`, times 4, so that a constant image stays what it is. It has a gradient on
 * every backend.
 *
 * **Shapes** [B, H, W, C] -> [B, 2H, 2W, C]; with a padding of p 2 (H - 1) + taps - 2 p rows.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if x is no image, the taps are odd in number or sum to zero, or the padding leaves nothing
 * @see Karras et al. 2022, arXiv:2206.00364, appendix F.1 and table 7
 * @example
 * upsample(images); // nearest neighbours: [8, 16, 16, 3] -> [8, 32, 32, 3]
 */
export function upsample(x: tf.Tensor4D, options: UpsampleOptions = {}): tf.Tensor4D {
  checkShape('upsample', { x }, ['B', 'H', 'W', 'C']);
  const known = { filter: rules.anything, padding: rules.index };
  const { filter = boxFilter, padding } = checkOptions('upsample', options, known);
  const taps = resampleFilter('upsample', filter).map((tap) => 2 * tap);
  const cut = padding ?? filterPadding(taps.length);
  const fits = x.rank === 4 && 2 * (Math.min(x.shape[1], x.shape[2]) - 1) + taps.length > 2 * cut;
  check(fits, 'upsample', 'x', `images [B, H, W, C] of which more than ${cut} rows on each side come`, x);
  return tf.tidy(() => alongAxes(x, (lines) => doubled(lines, taps, cut)));
}

/** Even and odd places are each a sum over every other tap; side by side in the last axis they are the rows in turn. */
function doubled(x: tf.Tensor3D, taps: readonly number[], cut: number): tf.Tensor3D {
  const [lines, length, width] = x.shape;
  const outputs = (2 * (length - 1) + taps.length - 2 * cut) / 2; // of each parity
  const phases = [0, 1].map((parity) =>
    taps.flatMap((tap, t) => ((parity + cut - t) % 2 === 0 ? [{ tap, shift: (parity + cut - t) / 2 }] : [])),
  );
  const shifts = phases.flat().map(({ shift }) => shift);
  const before = Math.max(0, -Math.min(...shifts));
  const after = Math.max(0, outputs + Math.max(...shifts) - length);
  const padded = padLines(x, before, after);
  const places = phases.map((phase) =>
    linearCombination(
      ...phase.map(
        ({ tap, shift }) => [tap, tf.slice(padded, [0, shift + before, 0], [lines, outputs, width])] as const,
      ),
    ),
  );
  return tf.reshape(tf.concat(places, 2), [lines, 2 * outputs, width]);
}

/** The filter that repeats each pixel on the way up and takes the mean of four on the way down. */
export const boxFilter: readonly number[] = [1, 1];

/** The filter divided by its sum, after a look at it. Its taps are even in number, so that an image of twice the size has a place for each. */
export function resampleFilter(where: string, filter: readonly number[]): number[] {
  const numbers = Array.isArray(filter) && filter.length > 0 && filter.every((tap) => Number.isFinite(tap));
  check(numbers && filter.length % 2 === 0, where, 'filter', 'an even number of finite numbers', filter);
  const sum = filter.reduce((total, tap) => total + tap, 0);
  check(sum !== 0, where, 'filter', 'of a sum other than zero', filter);
  return filter.map((tap) => tap / sum);
}

/** Rows that a filter of that many taps needs around an image for exactly half or twice its size. */
export const filterPadding = (taps: number): number => (taps - 1) >> 1;

/** The same function along both axes of images [B, H, W, C], each time as [N, length, D]. */
export function alongAxes(x: tf.Tensor4D, run: (lines: tf.Tensor3D) => tf.Tensor3D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = run(tf.reshape(x, [batch, height, width * channels])); // [B, h, W C]
  const columns = run(tf.reshape(rows, [batch * rows.shape[1], width, channels])); // [B h, w, C]
  return tf.reshape(columns, [batch, rows.shape[1], columns.shape[1], channels]);
}

/** Zeros before and after the middle axis; x itself where there are none. */
export const padLines = (x: tf.Tensor3D, before: number, after: number): tf.Tensor3D =>
  before + after === 0
    ? x
    : tf.pad(x, [
        [0, 0],
        [before, after],
        [0, 0],
      ]);
