import * as tf from '@tensorflow/tfjs-core';
import { check, checkCount } from '@diptych/formats/errors';

/** Options of `tiled`. */
export interface TiledOptions {
  /** Height and width of a tile, in pixels of the input. Default 64, which is the latent of an image of 512 at a downsampling of 8. */
  tile?: number;
  /** Pixels of the input that neighbouring tiles share. Default a quarter of the tile. */
  overlap?: number;
  /** Pixels at a tile's inner edges that are not used, since the zeros around the tile reach them. Default a quarter of the overlap. */
  margin?: number;
  /** Ends the work between two tiles. */
  signal?: AbortSignal;
}

const where = 'tiled';

/**
 * Runs a convolutional function tile by tile, so that the memory is that of one tile: decodes the latents of large images, or encodes
 * these. Tiles of one size overlap; where they do, they are blended along ramps of r = (overlap - 2 margin) scale pixels,
 *
 *     y = sum_k w_k y_k,   sum_k w_k = 1,   w changes by at most 1 / r from one pixel to the next
 *
 * so that a seam is a step of at most D / r, with D the largest difference of two tiles where both are used. Without normalisation and
 * attention (`AutoencoderTiny`) D is zero, up to rounding, as soon as `margin` covers the reach of the convolutions. Group norms and
 * attention see the tile instead of the image: D is what they change.
 *
 * **Shapes** x [B, h, w, c] -> [B, h s, w s, C], s being the scale of `run`. **Memory** the caller owns the result; beside it the result
 * as numbers, and one tile.
 *
 * @param run of one tile; its result is disposed
 * @throws DiptychError if the sizes do not fit each other, or tiles do not begin at whole pixels of the result; `signal.reason` when stopped
 * @example
 * const large = await tiled((z) => autoencoder.images(z), latents, { tile: 64, overlap: 16 }); // [1, 256, 256, 4] -> [1, 2048, 2048, 3]
 * const small = await tiled((x) => autoencoder.latents(x), images, { tile: 512, overlap: 128 });
 */
export async function tiled(
  run: (tile: tf.Tensor4D) => tf.Tensor4D,
  x: tf.Tensor4D,
  { tile = 64, overlap = tile >> 2, margin = overlap >> 2, signal }: TiledOptions = {},
): Promise<tf.Tensor4D> {
  check(x.rank === 4 && x.size > 0, where, 'x', 'images or latents [B, H, W, C]', x);
  checkCount(where, { tile });
  const half = Number.isInteger(overlap) && overlap >= 0 && 2 * overlap <= tile;
  check(half, where, 'overlap', `an integer from 0 to half of the tile of ${tile}`, overlap);
  const inside = Number.isInteger(margin) && margin >= 0 && (overlap === 0 ? margin === 0 : 2 * margin < overlap);
  check(inside, where, 'margin', `an integer from 0, below half of the overlap of ${overlap}`, margin);
  const [batch, height, width] = x.shape;
  const [sizes, starts] = [
    [height, width].map((n) => Math.min(n, tile)),
    [height, width].map((n) => startsOf(n, tile, overlap)),
  ];
  let whole: { data: Float32Array; shape: [number, number, number, number] } | undefined;
  let weights: Float64Array[][] = [];
  let scale = 1;
  for (const [row, top] of starts[0].entries()) {
    for (const [column, left] of starts[1].entries()) {
      signal?.throwIfAborted();
      const y = tf.tidy(() => run(tf.slice(x, [0, top, left, 0], [batch, sizes[0], sizes[1], x.shape[3]])));
      const { shape } = y;
      const values = (await y.data()) as Float32Array;
      y.dispose();
      if (!whole) {
        scale = shape[1] / sizes[0];
        const fits = shape.length === 4 && shape[0] === batch && shape[2] === sizes[1] * scale;
        check(fits, where, 'run', `one that scales height and width alike, of ${batch} images`, [...shape]);
        whole = {
          data: new Float32Array(batch * height * scale * width * scale * shape[3]),
          shape: [batch, height * scale, width * scale, shape[3]],
        };
        const pixels = starts.flat().every((start) => Number.isInteger(start * scale));
        const rule = `sizes for which tiles begin at whole pixels of the result, multiples of ${1 / scale}`;
        check(pixels, where, 'tile and overlap', rule, [tile, overlap]);
        const ramp = { margin: margin * scale, length: (overlap - 2 * margin) * scale };
        weights = starts.map((of, axis) => axisWeights(of, sizes[axis] * scale, scale, ramp));
      }
      add(whole, values, shape, [top * scale, left * scale], [weights[0][row], weights[1][column]]);
    }
  }
  return tf.tensor4d(whole!.data, whole!.shape);
}

/** Where tiles begin along an axis: in even steps, the last one at the end. */
function startsOf(length: number, tile: number, overlap: number): number[] {
  if (length <= tile) return [0];
  const step = tile - overlap;
  const count = Math.ceil((length - overlap) / step);
  return Array.from({ length: count }, (_, i) => Math.min(i * step, length - tile));
}

/** Weights of each tile along an axis, rising from 0 to 1 behind an inner edge; together 1 at every pixel. */
function axisWeights(
  starts: readonly number[],
  size: number,
  scale: number,
  { margin, length }: { margin: number; length: number },
): Float64Array[] {
  const rise = (distance: number) => (length > 0 ? Math.min(1, Math.max(0, (distance + 0.5 - margin) / length)) : 1);
  const own = starts.map((_, k) =>
    Float64Array.from({ length: size }, (_, i) => {
      return (k > 0 ? rise(i) : 1) * (k < starts.length - 1 ? rise(size - 1 - i) : 1);
    }),
  );
  const total = new Float64Array(starts[starts.length - 1] * scale + size);
  own.forEach((weights, k) => weights.forEach((w, i) => (total[starts[k] * scale + i] += w)));
  return own.map((weights, k) => weights.map((w, i) => w / total[starts[k] * scale + i]));
}

/** Adds a weighted tile to the whole. */
function add(
  whole: { data: Float32Array; shape: readonly number[] },
  values: Float32Array,
  [batch, height, width, channels]: readonly number[],
  [top, left]: readonly number[],
  [rows, columns]: readonly Float64Array[],
): void {
  const [, wholeHeight, wholeWidth] = whole.shape;
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const weight = rows[i] * columns[j];
        if (weight === 0) continue;
        const from = ((b * height + i) * width + j) * channels;
        const to = ((b * wholeHeight + top + i) * wholeWidth + left + j) * channels;
        for (let c = 0; c < channels; c++) whole.data[to + c] += weight * values[from + c];
      }
    }
  }
}
