import type { TensorInfo } from '@tensorflow/tfjs-core';
import { matrixProduct } from './matrix-product.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

/** `DiptychLinear`: the product begins at the bias. */
const plain: WasmKernel = {
  kernelName: 'DiptychLinear',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, kernel, bias } = tensors(args);
    return matrixProduct(memory, x, kernel, { transposeA: false, transposeB: false }, bias);
  },
};

/** Exports that map every element, by the names of the ops. */
const maps = { DiptychGelu: 'gelu', DiptychGeluTanh: 'geluTanh', DiptychSilu: 'silu' } as const;

/** Elements of a block of rows that is still in the second cache when the activation reads it, and rows that repay packing the kernel. */
const block = { elements: 1 << 18, rows: 240 };

/** How rows of a product begin: at zero, at what is there, or at the bias. */
const start = { zero: 0, output: 1, bias: 2 };

/** `DiptychActivatedLinear`: block by block of rows the product, then the activation, then the residual; without an activation the product begins at it. */
const activated: WasmKernel = {
  kernelName: 'DiptychActivatedLinear',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, kernel, bias, residual } = tensors(args);
    const { activation } = args.attrs as unknown as { activation: keyof typeof maps | '' };
    const [[rows, width], out] = [x.shape, kernel.shape[1]];
    const y = memory.output([rows, out]);
    const z = activation ? memory.output([rows, out]) : undefined;
    const { kernels } = memory;
    const address = (tensor?: TensorInfo) => (tensor ? memory.address(tensor) : 0);
    const step = Math.max(block.rows, Math.floor(block.elements / Math.max(out, 1)));
    memory.scratch(kernels.matmulScratch(Math.min(step, rows), out, width), (scratch) => {
      const operands = { x: address(x), kernel: address(kernel), bias: address(bias), residual: address(residual) };
      for (let row = 0; row < rows; row += step) {
        const count = Math.min(step, rows - row);
        const skip = row * out * 4;
        const into = (z ?? y).address + skip;
        const begins = !z && residual ? start.output : bias ? start.bias : start.zero;
        if (begins === start.output) kernels.addRow(count, out, operands.residual + skip, operands.bias, into);
        kernels.matmul(
          ...([1, count, out, width] as const),
          ...([operands.x + row * width * 4, 0, width * 4, 4] as const),
          ...([operands.kernel, 0, out * 4, 4] as const),
          ...([into, 0, out * 4, operands.bias, begins, scratch] as const),
        );
        if (!z) continue;
        kernels[maps[activation as keyof typeof maps]](count * out, into, y.address + skip);
        if (residual) kernels.addTo(count * out, operands.residual + skip, y.address + skip);
      }
    });
    return z ? [y.info, z.info] : [y.info];
  },
};

/** Products with a matrix of weights. */
export const linears: readonly WasmKernel[] = [plain, activated];
