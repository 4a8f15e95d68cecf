import type { KernelFunc } from '@tensorflow/tfjs-core';
import type { BackendMemory } from '../backend-memory.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

type Export = 'modulate' | 'modulateGrad' | 'gatedAdd' | 'gatedAddGrad';

/** A kernel that takes the inputs `from` in this order, and gives one tensor like x or like the condition for each of `to`. */
const kernel = (
  kernelName: string,
  name: Export,
  from: readonly string[],
  to: readonly ('tokens' | 'condition')[],
): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory: BackendMemory, args: Parameters<KernelFunc>[0]) => {
    const inputs = from.map((input) => tensors(args)[input]);
    const [batch, tokens, width] = inputs[0].shape;
    const outputs = to.map((like) => memory.output(like === 'tokens' ? inputs[0].shape : [batch, width]));
    const addresses = [...inputs.map((input) => memory.address(input)), ...outputs.map(({ address }) => address)];
    const isTokens = [...inputs.map(({ shape }) => shape.length === 3), ...to.map((like) => like === 'tokens')];
    memory.run(
      memory.cut(batch, tokens * width).map(([image, count]) => {
        const own = addresses.map((at, i) => at + image * (isTokens[i] ? tokens : 1) * width * 4);
        return [name, count, tokens, width, ...own];
      }),
    );
    return outputs.map(({ info }) => info);
  },
});

/** Modulation and gated residuals with their gradients. */
export const modulation: readonly WasmKernel[] = [
  kernel('DiptychModulate', 'modulate', ['x', 'scale', 'shift'], ['tokens']),
  kernel('DiptychModulateGrad', 'modulateGrad', ['dy', 'x', 'scale'], ['tokens', 'condition', 'condition']),
  kernel('DiptychGatedAdd', 'gatedAdd', ['x', 'branch', 'gate'], ['tokens']),
  kernel('DiptychGatedAddGrad', 'gatedAddGrad', ['dy', 'branch', 'gate'], ['tokens', 'condition']),
];
