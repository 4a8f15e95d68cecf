import { attributes } from '../../fused/attributes.ts';
import { sumParts } from './sum-parts.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const forward: WasmKernel = {
  kernelName: 'DiptychRmsNorm',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, gamma } = tensors(args);
    const [rows, width] = x.shape;
    const { epsilon } = attributes<{ epsilon: number }>(args.attrs);
    const y = memory.output(x.shape);
    const rstd = memory.output([rows, 1]);
    const inputs = [memory.address(x), memory.address(gamma)];
    const [from, weights] = inputs;
    memory.run(
      memory.cut(rows, width * 0.8).map(([row, count]) => {
        const at = row * width * 4;
        return ['rmsNorm', count, width, epsilon, from + at, weights, y.address + at, rstd.address + row * 4];
      }),
    );
    return [y.info, rstd.info];
  },
};

const backward: WasmKernel = {
  kernelName: 'DiptychRmsNormGrad',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x, gamma, rstd } = tensors(args);
    const [rows, width] = x.shape;
    const dx = memory.output(x.shape);
    const dGamma = memory.output([width]);
    const inputs = [dy, x, gamma, rstd].map((tensor) => memory.address(tensor));
    const [slope, from, weights, scale] = inputs;
    sumParts(memory, rows, width * 1.5, [{ width, to: dGamma.address }], (row, count, [partial]) => {
      const at = row * width * 4;
      const own = [slope + at, from + at, weights, scale + row * 4, dx.address + at];
      return ['rmsNormGrad', count, width, ...own, partial];
    });
    return [dx.info, dGamma.info];
  },
};

/** Root mean square norm and its gradient. */
export const rmsNorm: readonly WasmKernel[] = [forward, backward];
