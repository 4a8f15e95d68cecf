import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const crossEntropy: WasmKernel = {
  kernelName: 'DiptychCrossEntropy',
  covers: allFloat,
  compute: (memory, args) => {
    const { probabilities, logits } = tensors(args);
    const [rows, width] = logits.shape;
    const outputs = [memory.output([rows]), memory.output([rows])];
    const inputs = [memory.address(probabilities), memory.address(logits)];
    memory.kernels.crossEntropy(rows, width, ...inputs, ...outputs.map(({ address }) => address));
    return outputs.map(({ info }) => info);
  },
};

const crossEntropyGrad: WasmKernel = {
  kernelName: 'DiptychCrossEntropyGrad',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, probabilities, logits, logSumExp } = tensors(args);
    const [rows, width] = logits.shape;
    const outputs = [memory.output(logits.shape), memory.output(logits.shape)];
    const inputs = [dy, probabilities, logits, logSumExp].map((x) => memory.address(x));
    memory.kernels.crossEntropyGrad(rows, width, ...inputs, ...outputs.map(({ address }) => address));
    return outputs.map(({ info }) => info);
  },
};

/** Cross-entropy and its gradient. */
export const crossEntropies: readonly WasmKernel[] = [crossEntropy, crossEntropyGrad];
