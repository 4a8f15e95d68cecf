import { hashLevels, hashUnit } from '@diptych/test-utils/eval';
import { fixtures } from '@diptych/test-utils/fixtures';
import { describe, expect, it } from 'vitest';
import { boxKernel, cubicKernel, lanczos3Kernel, triangleKernel } from './kernels.ts';
import { pillowResize, tf1Resize, torchResize } from './resize-axis.ts';
import type { ResizeAxis } from './resize-axis.ts';
import { resizeImage } from './resize-image.ts';
import { resizeLevels } from './resize-levels.ts';

type Size = [number, number];
type Resize = (levels: Uint8Array, shape: [number, number, number], to: Size) => ArrayLike<number>;
const floats =
  (axis: ResizeAxis): Resize =>
  (levels, shape, to) =>
    resizeImage(levels, shape, to, axis);
const bytes =
  (axis: ResizeAxis): Resize =>
  (levels, shape, to) =>
    resizeLevels(levels, shape, to, axis);

const methods: Record<string, Resize> = {
  'clean-fid': (levels, shape, to) => resizeImage(levels, shape, to).map((value) => Math.min(255, Math.max(0, value))),
  'pil-box-float': floats(pillowResize(boxKernel)),
  'pil-bilinear-float': floats(pillowResize(triangleKernel)),
  'pil-bicubic-float': floats(pillowResize(cubicKernel())),
  'pil-lanczos-float': floats(pillowResize(lanczos3Kernel)),
  'pil-bilinear-uint8': bytes(pillowResize(triangleKernel)),
  'pil-bicubic-uint8': bytes(pillowResize(cubicKernel())),
  'pil-lanczos-uint8': bytes(pillowResize(lanczos3Kernel)),
  'pil-box-uint8': bytes(pillowResize(boxKernel)),
  'torch-bilinear': floats(torchResize(triangleKernel)),
  'torch-bilinear-antialias': floats(pillowResize(triangleKernel)),
  'torch-bicubic': floats(torchResize(cubicKernel(-0.75))),
  'torch-bicubic-antialias': floats(pillowResize(cubicKernel())),
  'tf1-bilinear': floats(tf1Resize(triangleKernel)),
};

describe('resizing: parity with Pillow, PyTorch and TensorFlow 1', () => {
  for (const { file, cases } of fixtures('eval').filter(({ file }) => file.startsWith('resize'))) {
    for (const { name, config, inputs, expected } of cases) {
      it(`parity: ${file}, ${name}`, () => {
        const resize = methods[config.method as string];
        if (!resize) throw new Error(`no method ${String(config.method)}`);
        const [height, width] = inputs.from as Size;
        const to = config.to as Size;
        const output = resize(hashLevels(inputs.hashImage as string, height * width * 3), [height, width, 3], to);
        expect(output.length).toBe(to[0] * to[1] * 3);
        // Levels must agree exactly; Pillow's and PyTorch's floats carry a few 1e-5 of a level of rounding.
        const tolerance = output instanceof Uint8Array ? 0 : 2e-4;
        const check = (actual: number, target: number) =>
          expect(Math.abs(actual - target)).toBeLessThanOrEqual(tolerance);
        if (expected.output) {
          expected.output.data.forEach((value: number, i: number) => check(output[i], value));
          return;
        }
        let at = 0;
        for (const row of expected.rows as number[]) {
          for (const column of expected.columns as number[]) {
            for (let c = 0; c < 3; c++) check(output[(row * to[1] + column) * 3 + c], expected.spots.data[at++]);
          }
        }
        const values = Array.from(output);
        const mean = (of: (value: number, i: number) => number) =>
          values.reduce((sum, value, i) => sum + of(value, i), 0) / values.length;
        const u = hashUnit('checksum', values.length);
        expect(Math.abs(mean((value) => value) - expected.mean)).toBeLessThan(1e-5);
        expect(Math.abs(mean((value) => value * value) / expected.meanSquare - 1)).toBeLessThan(1e-7);
        expect(Math.abs(mean((value, i) => value * u[i]) - expected.dot)).toBeLessThan(1e-5);
      });
    }
  }
});
