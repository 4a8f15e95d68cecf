import { checkFinite } from '@diptych/formats/errors';
import type { ResizeKernel } from './resize-kernel.ts';

/**
 * The mean of the pixels under an output pixel.
 *
 * @example
 * resizeImage(image, shape, size, pillowResize(boxKernel));
 */
export const boxKernel: ResizeKernel = { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };

/**
 * A straight line between two pixels: 1 - |x|.
 *
 * @example
 * resizeImage(image, shape, size, pillowResize(triangleKernel));
 */
export const triangleKernel: ResizeKernel = { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) };

/**
 * Keys' cubic: (a + 2)|x|^3 - (a + 3)|x|^2 + 1 within 1, a |x|^3 - 5a |x|^2 + 8a |x| - 4a within 2.
 *
 * @param a slope at 1. -0.5 in Pillow and in PyTorch with antialiasing, -0.75 in PyTorch without.
 * @see Keys 1981, Cubic convolution interpolation for digital image processing, eq. 4
 * @example
 * resizeImage(image, shape, size, torchResize(cubicKernel(-0.75)));
 */
export function cubicKernel(a = -0.5): ResizeKernel {
  checkFinite('cubicKernel', { a });
  return {
    support: 2,
    weight(x) {
      const t = Math.abs(x);
      if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
      return t < 2 ? ((t - 5) * t + 8) * t * a - 4 * a : 0;
    },
  };
}

/**
 * Lanczos' windowed sinc with three lobes: sinc(x) sinc(x / 3).
 *
 * @example
 * resizeImage(image, shape, size, pillowResize(lanczos3Kernel));
 */
export const lanczos3Kernel: ResizeKernel = {
  support: 3,
  weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0),
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
