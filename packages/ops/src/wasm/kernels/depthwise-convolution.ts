import { attributes } from '../../fused/attributes.ts';
import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';
import type { Call } from '../kernel-exports.ts';
import type { BackendMemory } from '../backend-memory.ts';
import type { Part } from '../threads/parts.ts';
import { channelsLast, convolutionInfo, forwardPlan, planBytes, type ConvolutionInfo } from './convolution-plan.ts';

/** Nanoseconds for an image, about. */
const costOf = (info: ConvolutionInfo) =>
  info.outHeight * info.outWidth * info.outChannels * info.filterHeight * info.filterWidth * 0.4;

function runCut(
  memory: BackendMemory,
  info: ConvolutionInfo,
  cost: number,
  count: number,
  call: (plan: number, part: Part) => Call,
): void {
  memory.scratch(planBytes, (plan) => {
    memory.writeInts(plan, forwardPlan(info).words);
    memory.run(memory.cut(count, cost).map((part) => call(plan, part)));
  });
}

/** The stock kernel pads an even window wrongly. */
const forward: WasmKernel = {
  kernelName: 'DepthwiseConv2dNative',
  covers: (args) => allFloat(args) && channelsLast(args),
  compute: (memory, args) => {
    const { x, filter } = tensors(args);
    const info = convolutionInfo(args.attrs, x.shape, filter.shape, true);
    const y = memory.output(info.outShape);
    const operands = [memory.address(x), memory.address(filter), y.address];
    runCut(memory, info, costOf(info) / info.outHeight, info.batchSize * info.outHeight, (plan, [from, count]) => {
      return ['depthwise', plan, from * info.outWidth, count * info.outWidth, filter.shape[3], ...operands];
    });
    return y.info;
  },
};

const backpropInput: WasmKernel = {
  kernelName: 'DepthwiseConv2dNativeBackpropInput',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, filter } = tensors(args);
    const { inputShape } = attributes<{ inputShape: number[] }>(args.attrs);
    const info = convolutionInfo(args.attrs, inputShape, filter.shape, true);
    const dx = memory.output(inputShape);
    const operands = [memory.address(dy), memory.address(filter), dx.address];
    runCut(memory, info, costOf(info), info.batchSize, (plan, [from, count]) => {
      return ['depthwiseInput', plan, from, count, filter.shape[3], ...operands];
    });
    return dx.info;
  },
};

const backpropFilter: WasmKernel = {
  kernelName: 'DepthwiseConv2dNativeBackpropFilter',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, dy } = tensors(args);
    const { filterShape } = attributes<{ filterShape: number[] }>(args.attrs);
    const info = convolutionInfo(args.attrs, x.shape, filterShape, true);
    const dFilter = memory.output(filterShape);
    const operands = [memory.address(x), memory.address(dy), dFilter.address];
    const taps = info.filterHeight * info.filterWidth;
    runCut(memory, info, (costOf(info) * info.batchSize) / taps, taps, (plan, [from, count]) => {
      return ['depthwiseFilter', plan, from, count, filterShape[3], ...operands];
    });
    return dFilter.info;
  },
};

/** The depthwise convolution and its gradients, which the stock backend lacks. */
export const depthwiseConvolutions: readonly WasmKernel[] = [forward, backpropInput, backpropFilter];
