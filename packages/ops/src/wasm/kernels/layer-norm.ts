import type { BackendMemory } from '../backend-memory.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';

const optional = (memory: BackendMemory, tensor: Parameters<BackendMemory['address']>[0] | undefined) =>
  tensor ? memory.address(tensor) : 0;

const forward = (kernelName: string): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { x, gamma, beta } = tensors(args);
    const [rows, width] = x.shape;
    const { epsilon } = args.attrs as unknown as { epsilon: number };
    const y = memory.output(x.shape);
    const mean = memory.output([rows, 1]);
    const rstd = memory.output([rows, 1]);
    const weights = [optional(memory, gamma), optional(memory, beta)];
    memory.kernels.layerNorm(
      ...[rows, width, epsilon, memory.address(x), ...weights],
      ...[y.address, mean.address, rstd.address],
    );
    return [y.info, mean.info, rstd.info];
  },
});

const backward = (kernelName: string): WasmKernel => ({
  kernelName,
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, x, mean, rstd, gamma } = tensors(args);
    const [rows, width] = x.shape;
    const dx = memory.output(x.shape);
    const dWeights = gamma ? [memory.output([width]), memory.output([width])] : [];
    const inputs = [dy, x, mean, rstd].map((tensor) => memory.address(tensor));
    const [dGamma = 0, dBeta = 0] = dWeights.map(({ address }) => address);
    memory.kernels.layerNormGrad(rows, width, ...inputs, optional(memory, gamma), dx.address, dGamma, dBeta);
    return [dx.info, ...dWeights.map(({ info }) => info)];
  },
});

/** Layer norm with and without scale and shift, and the gradients. */
export const layerNorm: readonly WasmKernel[] = [
  forward('DiptychLayerNorm'),
  backward('DiptychLayerNormGrad'),
  forward('DiptychNormalize'),
  backward('DiptychNormalizeGrad'),
];
