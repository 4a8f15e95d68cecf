import { cubicKernel, resizeImage } from '@diptych/ops';
import type { ResizeAxis } from '@diptych/ops';

const kernel = cubicKernel(-0.75);

/**
 * PyTorch's bicubic where the scale is given as (to + 0.1) / from: the official code adds 0.1 against rounding, and PyTorch
 * reads at (i + 1/2) / scale - 1/2, so every position is a little nearer to the first.
 */
const nearlyInterpolated: ResizeAxis = (from, to) => {
  const step = from / (to + 0.1);
  const position = new Int32Array(to * 4);
  const weight = new Float64Array(to * 4);
  for (let i = 0; i < to; i++) {
    const at = (i + 0.5) * step - 0.5;
    const first = Math.floor(at) - 1;
    for (let k = 0; k < 4; k++) {
      position[i * 4 + k] = Math.min(from - 1, Math.max(0, first + k));
      weight[i * 4 + k] = kernel.weight(first + k - at);
    }
  }
  return { count: 4, position, weight };
};

/**
 * Position embeddings of a square grid for another grid, as DINO's code interpolates them; that of the class token stays.
 *
 * **Shapes** positions [1 + grid * grid, width]; result [1 + rows * columns, width].
 *
 * @see facebookresearch/dino, vision_transformer.py, interpolate_pos_encoding
 */
export function interpolatePositions(
  positions: Float32Array,
  grid: number,
  width: number,
  [rows, columns]: readonly [number, number],
): Float32Array {
  if (rows === grid && columns === grid) return positions;
  const patches = resizeImage(positions.slice(width), [grid, grid, width], [rows, columns], nearlyInterpolated);
  const result = new Float32Array((1 + rows * columns) * width);
  result.set(positions.subarray(0, width));
  result.set(patches, width);
  return result;
}
