import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendMemory } from '../backend-memory.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';
import type { ConvolutionInfo } from './convolution-plan.ts';
import { backwardPlan, channelsLast, convolutionInfo, forwardPlan } from './convolution-plan.ts';

/** Hands over a plan written to scratch space, and room for the blocks behind it. */
function withPlan(
  memory: BackendMemory,
  plan: readonly number[],
  columns: number,
  run: (plan: number, scratch: number) => void,
): void {
  memory.scratch(64 + memory.kernels.convolutionScratch(plan[3], columns), (address) => {
    memory.writeInts(address, plan);
    run(address, address + 64);
  });
}

function forward(
  memory: BackendMemory,
  info: ConvolutionInfo,
  x: TensorInfo,
  filter: TensorInfo,
  bias?: TensorInfo,
): TensorInfo {
  const { inChannels, outChannels } = info;
  const y = memory.output(info.outShape);
  withPlan(memory, forwardPlan(info), outChannels, (plan, scratch) => {
    const strides = [inChannels * outChannels * 4, outChannels * 4, 4];
    const operands = [memory.address(x), memory.address(filter)];
    const from = bias ? memory.address(bias) : 0;
    memory.kernels.convolve(plan, outChannels, ...operands, ...strides, from, y.address, scratch);
  });
  return y.info;
}

const conv2d: WasmKernel = {
  kernelName: 'Conv2D',
  covers: (args) => allFloat(args) && channelsLast(args),
  compute: (memory, args) => {
    const { x, filter } = tensors(args);
    return forward(memory, convolutionInfo(args.attrs, x.shape, filter.shape), x, filter);
  },
};

const fusedConv2d: WasmKernel = {
  kernelName: 'FusedConv2D',
  covers: (args) =>
    allFloat(args) && channelsLast(args) && (args.attrs as unknown as { activation: string }).activation === 'linear',
  compute: (memory, args) => {
    const { x, filter, bias } = tensors(args);
    return forward(memory, convolutionInfo(args.attrs, x.shape, filter.shape), x, filter, bias);
  },
};

const backpropInput: WasmKernel = {
  kernelName: 'Conv2DBackpropInput',
  covers: (args) => allFloat(args) && channelsLast(args),
  compute: (memory, args) => {
    const { dy, filter } = tensors(args);
    const { inputShape } = args.attrs as unknown as { inputShape: number[] };
    const info = convolutionInfo(args.attrs, inputShape, filter.shape);
    const { inChannels, outChannels } = info;
    const dx = memory.output(info.inShape);
    withPlan(memory, backwardPlan(info), inChannels, (plan, scratch) => {
      // The filter [taps, in, out] read as columns of `in` and depth of `out`.
      const strides = [inChannels * outChannels * 4, 4, outChannels * 4];
      const operands = [memory.address(dy), memory.address(filter)];
      memory.kernels.convolve(plan, inChannels, ...operands, ...strides, 0, dx.address, scratch);
    });
    return dx.info;
  },
};

const backpropFilter: WasmKernel = {
  kernelName: 'Conv2DBackpropFilter',
  covers: (args) => allFloat(args) && channelsLast(args),
  compute: (memory, args) => {
    const { x, dy } = tensors(args);
    const { filterShape } = args.attrs as unknown as { filterShape: number[] };
    const info = convolutionInfo(args.attrs, x.shape, filterShape);
    const dFilter = memory.output(filterShape);
    withPlan(memory, forwardPlan(info), info.outChannels, (plan, scratch) => {
      const operands = [memory.address(x), memory.address(dy)];
      memory.kernels.convolveFilter(plan, info.outChannels, ...operands, dFilter.address, scratch);
    });
    return dFilter.info;
  },
};

/** Convolutions with all their gradients; the stock backend has none for the filter. */
export const convolutions: readonly WasmKernel[] = [conv2d, fusedConv2d, backpropInput, backpropFilter];
