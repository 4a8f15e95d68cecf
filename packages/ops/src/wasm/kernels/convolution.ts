import type { TensorInfo } from '@tensorflow/tfjs-core';
import { attributes } from '../../fused/attributes.ts';
import type { BackendMemory } from '../backend-memory.ts';
import type { Call } from '../kernel-exports.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';
import type { ConvolutionInfo } from './convolution-plan.ts';
import { backwardPlans, channelsLast, convolutionInfo, forwardPlan, planBytes, type Plan } from './convolution-plan.ts';
import { multiplyAdd, product, start } from './product.ts';

/** The kernel as columns, and what begins the sums. */
interface Columns {
  n: number;
  address: number;
  /** Strides in bytes: of the taps down and across, of the depth, of the columns. */
  strides: readonly [down: number, across: number, depth: number, column: number];
  bias: number;
}

/** One convolution on all threads: the kernel in panels that all share, then rows of positions. */
function convolve(
  memory: BackendMemory,
  plan: Plan,
  x: number,
  { n, address, strides, bias }: Columns,
  y: number,
): void {
  const { kernels } = memory;
  const { channels, outHeight, outWidth, batch, tapsDown, tapsAcross } = plan.sizes;
  const depth = tapsDown * tapsAcross * channels;
  const positions = batch * outHeight * outWidth;
  if (positions * n === 0) return;
  memory.scratch(planBytes + kernels.rightBytes(n, depth), (scratch) => {
    memory.writeInts(scratch, plan.words);
    const right = scratch + planBytes;
    memory.run(
      memory.cut(n, depth * 0.4, 16).map(([from, count]): Call => {
        const at = address + from * strides[3];
        return ['packKernel', count, tapsDown, tapsAcross, channels, at, ...strides, right + from * depth * 4];
      }),
    );
    const calls = memory.cut(positions, n * depth * multiplyAdd, 60).map(([from, count]): Call => {
      return ['convolve', scratch, from, count, n, x, right, bias, y];
    });
    memory.run(calls, kernels.convolveScratch(channels, depth, n, plan.isScattered ? 1 : 0));
  });
}

/** A window of one pixel that moves by one: a plain product. */
const isPlain = (info: ConvolutionInfo) =>
  info.filterHeight * info.filterWidth * info.strideHeight * info.strideWidth === 1 &&
  info.outHeight === info.inHeight &&
  info.outWidth === info.inWidth;

const pixelsOf = (info: ConvolutionInfo) => info.batchSize * info.inHeight * info.inWidth;

function forward(
  memory: BackendMemory,
  info: ConvolutionInfo,
  x: TensorInfo,
  filter: TensorInfo,
  bias?: TensorInfo,
): TensorInfo {
  const { inChannels, outChannels, filterWidth } = info;
  const y = memory.output(info.outShape);
  const [from, address] = [memory.address(x), memory.address(filter)];
  const level = bias ? memory.address(bias) : 0;
  if (isPlain(info)) {
    const [m, n, k] = [pixelsOf(info), outChannels, inChannels];
    product(memory, {
      ...{ m, n, k, a: from, aRow: k * 4, aColumn: 4, b: address, bRow: n * 4, bColumn: 4, c: y.address, cRow: n * 4 },
      ...{ bias: level, start: bias ? start.bias : start.zero },
    });
    return y.info;
  }
  const tap = inChannels * outChannels * 4;
  const strides = [filterWidth * tap, tap, outChannels * 4, 4] as const;
  convolve(memory, forwardPlan(info), from, { n: outChannels, address, strides, bias: level }, y.address);
  return y.info;
}

function imageGradient(memory: BackendMemory, info: ConvolutionInfo, dy: TensorInfo, filter: TensorInfo): TensorInfo {
  const { inChannels, outChannels, filterWidth } = info;
  const dx = memory.output(info.inShape);
  const [slope, address] = [memory.address(dy), memory.address(filter)];
  if (isPlain(info)) {
    const [m, n, k] = [pixelsOf(info), inChannels, outChannels];
    product(memory, {
      ...{
        m,
        n,
        k,
        a: slope,
        aRow: k * 4,
        aColumn: 4,
        b: address,
        bRow: 4,
        bColumn: k * 4,
        c: dx.address,
        cRow: n * 4,
      },
      ...{ bias: 0, start: start.zero },
    });
    return dx.info;
  }
  // The filter [taps, in, out] read as columns of `in` and depth of `out`.
  const tap = inChannels * outChannels * 4;
  for (const { plan, firstTap, tapSteps } of backwardPlans(info)) {
    const strides = [tapSteps[0] * filterWidth * tap, tapSteps[1] * tap, 4, outChannels * 4] as const;
    const at = address + (firstTap[0] * filterWidth + firstTap[1]) * tap;
    convolve(memory, plan, slope, { n: inChannels, address: at, strides, bias: 0 }, dx.address);
  }
  return dx.info;
}

function filterGradient(memory: BackendMemory, info: ConvolutionInfo, dy: TensorInfo, x: TensorInfo): TensorInfo {
  const { kernels } = memory;
  const dFilter = memory.output(info.filterShape);
  const { inChannels, outChannels: n, filterHeight, filterWidth, batchSize, outHeight, outWidth } = info;
  const [slope, from] = [memory.address(dy), memory.address(x)];
  if (isPlain(info)) {
    const [m, k] = [inChannels, pixelsOf(info)];
    product(memory, {
      ...{
        m,
        n,
        k,
        a: from,
        aRow: 4,
        aColumn: m * 4,
        b: slope,
        bRow: n * 4,
        bColumn: 4,
        c: dFilter.address,
        cRow: n * 4,
      },
      ...{ bias: 0, start: start.zero },
    });
    return dFilter.info;
  }
  const positions = batchSize * outHeight * outWidth;
  const taps = Array.from({ length: filterHeight * filterWidth }, (_, tap) => tap);
  memory.scratch(planBytes + kernels.rightBytes(n, positions), (scratch) => {
    memory.writeInts(scratch, forwardPlan(info).words);
    const right = scratch + planBytes;
    const block = kernels.slopeBlock();
    const blocks = Array.from({ length: Math.ceil(positions / block) }, (_, i) => i * block);
    memory.run(blocks.map((at) => ['packSlopes', scratch, n, at, slope, right]));
    const channels = memory.cut(inChannels, positions * n * taps.length * multiplyAdd, 60);
    const calls = taps.flatMap((tap) =>
      channels.map(([channel, count]): Call => {
        return ['convolveFilter', scratch, tap, channel, count, n, from, right, dFilter.address];
      }),
    );
    memory.run(calls, kernels.convolveFilterScratch(inChannels));
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

function ownInfo(attrs: unknown, x: readonly number[], filter: readonly number[]): ConvolutionInfo {
  const { strides, padding } = attributes<OwnAttributes>(attrs);
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
      const { shape } = attributes<OwnAttributes>(args.attrs);
      return imageGradient(memory, ownInfo(args.attrs, shape, kernel.shape), dy, kernel);
    },
  },
  {
    kernelName: 'DiptychConv2dKernelGrad',
    covers: allFloat,
    compute: (memory, args) => {
      const { dy, x } = tensors(args);
      const { shape } = attributes<OwnAttributes>(args.attrs);
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
    allFloat(args) && channelsLast(args) && attributes<{ activation: string }>(args.attrs).activation === 'linear',
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
    const { inputShape } = attributes<{ inputShape: number[] }>(args.attrs);
    return imageGradient(memory, convolutionInfo(args.attrs, inputShape, filter.shape), dy, filter);
  },
};

const backpropFilter: WasmKernel = {
  kernelName: 'Conv2DBackpropFilter',
  covers: (args) => allFloat(args) && channelsLast(args),
  compute: (memory, args) => {
    const { x, dy } = tensors(args);
    const { filterShape } = attributes<{ filterShape: number[] }>(args.attrs);
    return filterGradient(memory, convolutionInfo(args.attrs, x.shape, filterShape), dy, x);
  },
};

/** Convolutions with all their gradients, under our names and those of tfjs; the stock backend has none for the filter. */
export const convolutions: readonly WasmKernel[] = [...own, conv2d, fusedConv2d, backpropInput, backpropFilter];
