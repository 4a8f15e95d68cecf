import * as tf from '@tensorflow/tfjs-core';
import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';

/** Where the tokens stand, for rotary positions. */
export interface RotaryGrid {
  rows: number;
  columns: number;
  /** Rows and columns of the grid that the network was trained on; positions are scaled to it. Default this grid. */
  trained?: readonly [number, number];
}

/** Cosines and sines of every token and channel, row-major [rows columns, width]. */
export interface RotaryTables {
  cos: Float32Array;
  sin: Float32Array;
}

/**
 * Tables of two-dimensional rotary positions: the first half of the channels of a head encodes the row, the second half the
 * column. Inside a half, channels 2i and 2i + 1 share the angle position / 10000^(2i / (width / 2)).
 *
 * @throws DiptychError if the width of a head is not divisible by 4
 * @see Su et al. 2021, arXiv:2104.09864, section 3.2; in two dimensions as LightningDiT has it
 */
export function rotaryTables(grid: RotaryGrid, width: number): RotaryTables {
  const known = {
    rows: rules.required(rules.count),
    columns: rules.required(rules.count),
    trained: rules.list(rules.count),
  };
  const { rows, columns, trained = [rows, columns] } = checkOptions('rotaryTables', grid, known, 'grid');
  checkCount('rotaryTables', { width });
  check(width % 4 === 0, 'rotaryTables', 'width of a head', 'divisible by 4', width);
  const half = width / 2;
  const angles = Array.from({ length: rows * columns * width }, (_, at) => {
    const channel = at % width;
    const token = Math.floor(at / width);
    const row = (Math.floor(token / columns) * trained[0]) / rows;
    const column = ((token % columns) * trained[1]) / columns;
    const pair = Math.floor((channel % half) / 2);
    return (channel < half ? row : column) * 10000 ** ((-2 * pair) / half);
  });
  return { cos: Float32Array.from(angles, Math.cos), sin: Float32Array.from(angles, Math.sin) };
}

/**
 * Rotates neighbouring channels: (a, b) becomes (a cos - b sin, b cos + a sin).
 *
 * **Shapes** x [B, N, heads, d], tables of [N, d] -> the same as x.
 */
export function rotate(x: tf.Tensor4D, { cos, sin }: RotaryTables): tf.Tensor4D {
  const [batch, tokens, heads, width] = x.shape;
  return tf.tidy(() => {
    const shape: [number, number, number, number] = [1, tokens, 1, width];
    // The neighbour of each channel, (a, b) -> (-b, a), is a product with a fixed matrix: no axis of length 2 is needed.
    const turn = new Float32Array(width * width);
    for (let i = 0; i < width; i += 2) {
      turn[(i + 1) * width + i] = -1;
      turn[i * width + i + 1] = 1;
    }
    const rows = tf.reshape(x, [batch * tokens * heads, width]);
    const turned = tf.reshape(tf.matMul(rows, tf.tensor2d(turn, [width, width])), x.shape);
    return tf.add(tf.mul(x, tf.tensor4d(cos, shape)), tf.mul(turned, tf.tensor4d(sin, shape))) as tf.Tensor4D;
  });
}
