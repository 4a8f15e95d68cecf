import type { KernelFunc } from '@tensorflow/tfjs-core';
import { attributes } from '../../fused/attributes.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

/** How often every pixel was repeated, [down, across]; fractions where it was not so simple. */
function factors(args: Parameters<KernelFunc>[0]): [number, number] {
  const { dy, images } = tensors(args);
  return [dy.shape[1] / images.shape[1], dy.shape[2] / images.shape[2]];
}

/** The gradient of `tf.image.resizeNearestNeighbor` for enlargements by whole factors. */
export const resizeNearestNeighborGrad: WasmKernel = {
  kernelName: 'ResizeNearestNeighborGrad',
  covers: (args) =>
    allFloat(args) &&
    !attributes<{ alignCorners: boolean }>(args.attrs).alignCorners &&
    factors(args).every((factor) => Number.isInteger(factor) && factor > 0),
  compute: (memory, args) => {
    const { dy, images } = tensors(args);
    const dx = memory.output(images.shape);
    const [batch, height, width, channels] = images.shape;
    const [down, across] = factors(args);
    const line = width * channels * 4;
    const slope = memory.address(dy);
    memory.run(
      memory.cut(batch * height, line * down * across * 0.2).map(([row, count]) => {
        const from = slope + row * line * down * across;
        return ['enlargeGrad', 1, count, width, channels, down, across, from, dx.address + row * line];
      }),
    );
    return dx.info;
  },
};
