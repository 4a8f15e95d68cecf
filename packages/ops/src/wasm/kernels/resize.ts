import type { KernelFunc } from '@tensorflow/tfjs-core';
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
    !(args.attrs as unknown as { alignCorners: boolean }).alignCorners &&
    factors(args).every((factor) => Number.isInteger(factor) && factor > 0),
  compute: (memory, args) => {
    const { dy, images } = tensors(args);
    const dx = memory.output(images.shape);
    const [batch, height, width, channels] = images.shape;
    const sizes = [batch, height, width, channels, ...factors(args)];
    memory.kernels.enlargeGrad(...sizes, memory.address(dy), dx.address);
    return dx.info;
  },
};
