import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, elements, tensors } from '../wasm-kernel.ts';

const softmax: WasmKernel = {
  kernelName: 'Softmax',
  covers: (args) => {
    const { dim } = args.attrs as unknown as { dim: number };
    return allFloat(args) && (dim === -1 || dim === tensors(args).logits.shape.length - 1);
  },
  compute: (memory, args) => {
    const { logits } = tensors(args);
    const width = logits.shape[logits.shape.length - 1];
    const y = memory.output(logits.shape);
    memory.kernels.softmax(elements(logits) / Math.max(width, 1), width, memory.address(logits), y.address);
    return y.info;
  },
};

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

/** Softmax over the last axis, and cross-entropy with its gradient. */
export const softmaxes: readonly WasmKernel[] = [softmax, crossEntropy, crossEntropyGrad];
