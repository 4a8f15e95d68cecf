import { attributes } from '../../fused/attributes.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, elements, tensors } from '../wasm-kernel.ts';

interface AdamW {
  rate: number;
  decay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  count: number;
}

/** `DiptychAdamW`: parameters and both moments after one step, in one pass that clips the gradient as well. */
export const adamW: WasmKernel = {
  kernelName: 'DiptychAdamW',
  covers: allFloat,
  compute: (memory, args) => {
    const { parameters, gradient, firstMoment, secondMoment, factor } = tensors(args);
    const { rate, decay, beta1, beta2, epsilon, count } = attributes<AdamW>(args.attrs);
    const results = [0, 1, 2].map(() => memory.output(parameters.shape));
    // Both bias corrections in two scalars, computed in double.
    const root2 = Math.sqrt(1 - beta2 ** count);
    const step = (rate * root2) / (1 - beta1 ** count);
    const scalars = [
      1 - beta1,
      1 - beta2,
      step,
      epsilon * root2,
      1 - rate * decay,
      factor ? memory.address(factor) : 0,
    ];
    const inputs = [parameters, gradient, firstMoment, secondMoment].map((x) => memory.address(x));
    const all = [...inputs, ...results.map(({ address }) => address)];
    memory.run(
      memory
        .cut(elements(parameters), 1.5, 16)
        .map(([i, n]) => ['adamW', n, ...scalars, ...all.map((at) => at + i * 4)]),
    );
    return results.map(({ info }) => info);
  },
};
