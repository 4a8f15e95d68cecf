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

function imageGradient(memory: BackendMemory, info: ConvolutionInfo, dy: TensorInfo, filter: TensorInfo): TensorInfo {
  const { inChannels, outChannels } = info;
  const dx = memory.output(info.inShape);
  withPlan(memory, backwardPlan(info), inChannels, (plan, scratch) => {
    // The filter [taps, in, out] read as columns of `in` and depth of `out`.
    const strides = [inChannels * outChannels * 4, 4, outChannels * 4];
    const operands = [memory.address(dy), memory.address(filter)];
    memory.kernels.convolve(plan, inChannels, ...operands, ...strides, 0, dx.address, scratch);
  });
  return dx.info;
}

function filterGradient(memory: BackendMemory, info: ConvolutionInfo, dy: TensorInfo, x: TensorInfo): TensorInfo {
  const dFilter = memory.output(info.filterShape);
  withPlan(memory, forwardPlan(info), info.outChannels, (plan, scratch) => {
    const operands = [memory.address(x), memory.address(dy)];
    memory.kernels.convolveFilter(plan, info.outChannels, ...operands, dFilter.address, scratch);
  });
  return dFilter.info;
}

/** Attributes of our own convolutions: explicit padding, no dilation. */
interface OwnAttributes {
  strides: [number, number];
  /** Top, bottom, left, right. */
  padding: [number, number, number, number];
  /** Of what is differentiated. */
  shape: number[];
}

function ownInfo(attributes: unknown, x: readonly number[], filter: readonly number[]): ConvolutionInfo {
  const { strides, padding } = attributes as OwnAttributes;
  const [top, bottom, left, right] = padding;
  return convolutionInfo(
    {
      strides,
      pad: [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ],
    },
    x,
    filter,
  );
}

const own: readonly WasmKernel[] = [
  {
    kernelName: 'DiptychConv2d',
    covers: allFloat,
    compute: (memory, args) => {
      const { x, kernel, bias } = tensors(args);
      return forward(memory, ownInfo(args.attrs, x.shape, kernel.shape), x, kernel, bias);
    },
  },
  {
    kernelName: 'DiptychConv2dImageGrad',
    covers: allFloat,
    compute: (memory, args) => {
      const { dy, kernel } = tensors(args);
      const { shape } = args.attrs as unknown as OwnAttributes;
      return imageGradient(memory, ownInfo(args.attrs, shape, kernel.shape), dy, kernel);
    },
  },
  {
    kernelName: 'DiptychConv2dKernelGrad',
    covers: allFloat,
    compute: (memory, args) => {
      const { dy, x } = tensors(args);
      const { shape } = args.attrs as unknown as OwnAttributes;
      return filterGradient(memory, ownInfo(args.attrs, x.shape, shape), dy, x);
    },
  },
];

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
    return imageGradient(memory, convolutionInfo(args.attrs, inputShape, filter.shape), dy, filter);
  },
};

const backpropFilter: WasmKernel = {
  kernelName: 'Conv2DBackpropFilter',
  covers: (args) => allFloat(args) && channelsLast(args),
  compute: (memory, args) => {
    const { x, dy } = tensors(args);
    const { filterShape } = args.attrs as unknown as { filterShape: number[] };
    return filterGradient(memory, convolutionInfo(args.attrs, x.shape, filterShape), dy, x);
  },
};

/** Convolutions with all their gradients, under our names and those of tfjs; the stock backend has none for the filter. */
export const convolutions: readonly WasmKernel[] = [...own, conv2d, fusedConv2d, backpropInput, backpropFilter];
