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
    const results = outputs.map(({ address }) => address);
    memory.run(
      memory.cut(rows, width * 2).map(([row, count]) => {
        const [matrices, columns] = [row * width * 4, row * 4];
        const own = [...inputs.map((at) => at + matrices), ...results.map((at) => at + columns)];
        return ['crossEntropy', count, width, ...own];
      }),
    );
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
    const [slope, p, x, lse] = inputs;
    const results = outputs.map(({ address }) => address);
    memory.run(
      memory.cut(rows, width * 2).map(([row, count]) => {
        const [matrices, columns] = [row * width * 4, row * 4];
        const from = [slope + columns, p + matrices, x + matrices, lse + columns];
        return ['crossEntropyGrad', count, width, ...from, ...results.map((at) => at + matrices)];
      }),
    );
    return outputs.map(({ info }) => info);
  },
};

/** Cross-entropy and its gradient. */
export const crossEntropies: readonly WasmKernel[] = [crossEntropy, crossEntropyGrad];
