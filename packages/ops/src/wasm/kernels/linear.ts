import type { TensorInfo } from '@tensorflow/tfjs-core';
import { attributes } from '../../fused/attributes.ts';
import type { Call } from '../kernel-exports.ts';
import { matrixProduct } from './matrix-product.ts';
import { product, start } from './product.ts';
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

/** Activations by the numbers that assembly/activations.ts gives them. */
const activations = ['DiptychGelu', 'DiptychGeluTanh', 'DiptychSilu'];

/** `DiptychActivatedLinear`: the product, then the activation, then the residual; without an activation the product begins at it. */
const activated: WasmKernel = {
  kernelName: 'DiptychActivatedLinear',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, kernel, bias, residual } = tensors(args);
    const { activation } = attributes<{ activation: string }>(args.attrs);
    const [[rows, width], out] = [x.shape, kernel.shape[1]];
    const y = memory.output([rows, out]);
    const z = activation ? memory.output([rows, out]) : undefined;
    const address = (tensor?: TensorInfo) => (tensor ? memory.address(tensor) : 0);
    const [level, rest] = [address(bias), address(residual)];
    const into = z ?? y;
    const begins = !z && residual ? start.output : bias ? start.bias : start.zero;
    if (begins === start.output) {
      const calls = memory.cut(rows, out * 0.4).map(([row, count]): Call => {
        return ['addRow', count, out, rest + row * out * 4, level, into.address + row * out * 4];
      });
      memory.run(calls);
    }
    const whole = {
      ...{ m: rows, n: out, k: width, a: address(x), aRow: width * 4, aColumn: 4 },
      ...{ b: address(kernel), bRow: out * 4, bColumn: 4, c: into.address, cRow: out * 4, bias: level, start: begins },
    };
    if (!z) {
      product(memory, whole);
      return [y.info];
    }
    product(memory, whole, { activation: activations.indexOf(activation), y: y.address, rest });
    return [y.info, z.info];
  },
};

/** Products with a matrix of weights. */
export const linears: readonly WasmKernel[] = [plain, activated];
