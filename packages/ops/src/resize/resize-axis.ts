import { check, rules } from '@diptych/formats/errors';
import type { ResizeKernel } from './resize-kernel.ts';

/** From which input pixels, with which weights, each output pixel of one axis is made. */
export interface AxisWeights {
  /** Input pixels per output pixel. */
  count: number;
  /** [to, count] positions in the input. */
  position: Int32Array;
  /** [to, count] */
  weight: Float64Array;
}

/** A way to resize one axis from `from` to `to` pixels. */
export type ResizeAxis = (from: number, to: number) => AxisWeights;

/**
 * Pillow's way, and PyTorch's with antialiasing: output pixel i looks around (i + 1/2) from/to; when shrinking, the kernel is
 * widened by from/to; weights are cut at the border and brought to sum 1.
 *
 * @see Pillow's `Image.resize`; PyTorch's `interpolate(antialias=True)`
 * @example
 * resizeImage(pixels, [32, 32, 3], [299, 299], antialiased(cubic()));
 */
export function pillowResize(kernel: ResizeKernel): ResizeAxis {
  checkKernel('pillowResize', kernel);
  return (from, to) => {
    const step = from / to;
    const widen = Math.max(step, 1);
    const support = kernel.support * widen;
    const count = Math.min(from, Math.ceil(support) * 2 + 1);
    const weights = blank(to, count);
    for (let i = 0; i < to; i++) {
      const centre = (i + 0.5) * step;
      const first = Math.max(0, Math.trunc(centre - support + 0.5));
      const end = Math.min(from, Math.trunc(centre + support + 0.5));
      let sum = 0;
      for (let j = first; j < end; j++) sum += kernel.weight((j + 0.5 - centre) / widen);
      for (let j = first; j < end; j++) {
        weights.position[i * count + j - first] = j;
        weights.weight[i * count + j - first] = kernel.weight((j + 0.5 - centre) / widen) / sum;
      }
    }
    return weights;
  };
}

/**
 * PyTorch's way without antialiasing: output pixel i reads at (i + 1/2) from/to - 1/2, the kernel is never widened, and
 * positions beyond the border read the border.
 *
 * @see PyTorch's `interpolate(align_corners=False)`
 * @example
 * resizeImage(pixels, [64, 64, 3], [37, 37], interpolated(cubic(-0.75)));
 */
export function torchResize(kernel: ResizeKernel): ResizeAxis {
  checkKernel('torchResize', kernel);
  return (from, to) => readAt(kernel, from, to, (i) => ((i + 0.5) * from) / to - 0.5);
}

/**
 * TensorFlow 1's way: output pixel i reads at i from/to, the step rounded to float32, so the picture moves by up to half a
 * pixel. Legacy FID resizes so.
 *
 * @see TensorFlow's `resize_bilinear(align_corners=False, half_pixel_centers=False)`
 * @example
 * resizeImage(pixels, [32, 32, 3], [299, 299], tf1Resize(triangle));
 */
export function tf1Resize(kernel: ResizeKernel): ResizeAxis {
  checkKernel('tf1Resize', kernel);
  return (from, to) => {
    const step = Math.fround(from / to);
    return readAt(kernel, from, to, (i) => Math.fround(i * step));
  };
}

function readAt(kernel: ResizeKernel, from: number, to: number, source: (i: number) => number): AxisWeights {
  const count = 2 * kernel.support;
  const weights = blank(to, count);
  for (let i = 0; i < to; i++) {
    const at = source(i);
    const first = Math.floor(at) - kernel.support + 1;
    for (let k = 0; k < count; k++) {
      weights.position[i * count + k] = Math.min(from - 1, Math.max(0, first + k));
      weights.weight[i * count + k] = kernel.weight(first + k - at);
    }
  }
  return weights;
}

function blank(to: number, count: number): AxisWeights {
  return { count, position: new Int32Array(to * count), weight: new Float64Array(to * count) };
}

function checkKernel(where: string, kernel: ResizeKernel): void {
  const { support, weight } = (kernel ?? {}) as Partial<ResizeKernel>;
  const holds = rules.positive.holds(support) && typeof weight === 'function';
  check(holds, where, 'kernel', 'a kernel { support, weight }, such as triangleKernel', kernel);
}
