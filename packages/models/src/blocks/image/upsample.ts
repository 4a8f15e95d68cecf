import * as tf from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import { alongAxes, padLines, weightedSum } from './along-axes.ts';
import { boxFilter, filterPadding, resampleFilter } from './resample-filter.ts';

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
export function upsample(x: tf.Tensor4D, { filter = boxFilter, padding }: UpsampleOptions = {}): tf.Tensor4D {
  const taps = resampleFilter('upsample', filter).map((tap) => 2 * tap);
  const cut = padding ?? filterPadding(taps.length);
  check(Number.isInteger(cut) && cut >= 0, 'upsample', 'padding', 'a whole number of rows', padding);
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
    weightedSum(
      phase.map(({ tap, shift }) => [tf.slice(padded, [0, shift + before, 0], [lines, outputs, width]), tap]),
    ),
  );
  return tf.reshape(tf.concat(places, 2), [lines, 2 * outputs, width]);
}
