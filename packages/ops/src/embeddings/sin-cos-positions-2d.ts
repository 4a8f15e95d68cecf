import { check, checkCount, checkOptions, checkRule, rules } from '@diptych/formats/errors';

export interface SinCosPositions2dOptions {
  /** Zero rows in front, for class or time tokens. Default 0. */
  extraTokens?: number;
  /** Multiplies row and column numbers: trained grid / this grid for a resized image. Default 1. */
  scale?: number;
  /** Frequencies fall from 1 to about 1/maxPeriod. Default 10000. */
  maxPeriod?: number;
}

/**
 * Fixed sine-cosine position embeddings of a grid of tokens in raster order, as MAE and DiT have them.
 *
 * Of the `width` numbers of a token the first half encodes its **column**, the second half its row; inside a half first all sines,
 * then all cosines, of position * maxPeriod^(-i / (width/4)), i = 0 ... width/4 - 1.
 *
 * **Shapes** result: row-major [extraTokens + rows * columns, width]. **Units** positions count tokens from 0.
 * **Memory** a host array, computed in double precision.
 *
 * @throws DiptychError if rows or columns are not positive integers, or width is not a positive multiple of 4
 * @see He et al. 2021, arXiv:2111.06377, section A.1; Peebles and Xie 2022, arXiv:2212.09748, section 3.2
 *
 * @example
 * ```ts
 * tf.tensor2d(sinCosPositions2d([16, 16], 384), [256, 384]);
 * ```
 */
export function sinCosPositions2d(
  grid: readonly [rows: number, columns: number],
  width: number,
  options: SinCosPositions2dOptions = {},
): Float32Array {
  const where = 'sinCosPositions2d';
  const {
    extraTokens = 0,
    scale = 1,
    maxPeriod = 10000,
  } = checkOptions(where, options, { extraTokens: rules.index, scale: rules.finite, maxPeriod: rules.positive });
  checkRule(where, 'grid', rules.array, grid);
  const [rows, columns] = grid;
  checkCount(where, { rows, columns });
  checkCount(where, { width });
  check(width % 4 === 0, where, 'width', 'a multiple of 4', width);
  const quarter = width / 4;
  const table = new Float32Array((extraTokens + rows * columns) * width);
  const encode = (position: number, offset: number) => {
    for (let i = 0; i < quarter; i++) {
      const angle = position * scale * maxPeriod ** (-i / quarter);
      table[offset + i] = Math.sin(angle);
      table[offset + quarter + i] = Math.cos(angle);
    }
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const offset = (extraTokens + row * columns + column) * width;
      encode(column, offset);
      encode(row, offset + 2 * quarter);
    }
  }
  return table;
}
