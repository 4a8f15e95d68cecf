import type { WasmKernel } from '../wasm-kernel.ts';
import { allFloat, tensors } from '../wasm-kernel.ts';
import { channelsLast, convolutionInfo, forwardPlan } from './convolution-plan.ts';

/** The stock kernel pads an even window wrongly. */
const forward: WasmKernel = {
  kernelName: 'DepthwiseConv2dNative',
  covers: (args) => allFloat(args) && channelsLast(args),
  compute: (memory, args) => {
    const { x, filter } = tensors(args);
    const info = convolutionInfo(args.attrs, x.shape, filter.shape, true);
    const y = memory.output(info.outShape);
    memory.scratch(64, (address) => {
      memory.writeInts(address, forwardPlan(info));
      memory.kernels.depthwise(address, filter.shape[3], memory.address(x), memory.address(filter), y.address);
    });
    return y.info;
  },
};

const backpropInput: WasmKernel = {
  kernelName: 'DepthwiseConv2dNativeBackpropInput',
  covers: allFloat,
  compute: (memory, args) => {
    const { dy, filter } = tensors(args);
    const { inputShape } = args.attrs as unknown as { inputShape: number[] };
    const plan = forwardPlan(convolutionInfo(args.attrs, inputShape, filter.shape, true));
    const dx = memory.output(inputShape);
    memory.scratch(64, (address) => {
      memory.writeInts(address, plan);
      const operands = [memory.address(dy), memory.address(filter)];
      memory.kernels.depthwiseInput(address, filter.shape[3], ...operands, dx.address);
    });
    return dx.info;
  },
};

const backpropFilter: WasmKernel = {
  kernelName: 'DepthwiseConv2dNativeBackpropFilter',
  covers: allFloat,
  compute: (memory, args) => {
    const { x, dy } = tensors(args);
    const { filterShape } = args.attrs as unknown as { filterShape: number[] };
    const plan = forwardPlan(convolutionInfo(args.attrs, x.shape, filterShape, true));
    const dFilter = memory.output(filterShape);
    memory.scratch(64, (address) => {
      memory.writeInts(address, plan);
      const operands = [memory.address(x), memory.address(dy)];
      memory.kernels.depthwiseFilter(address, filterShape[3], ...operands, dFilter.address);
    });
    return dFilter.info;
  },
};

/** The depthwise convolution and its gradients, which the stock backend lacks. */
export const depthwiseConvolutions: readonly WasmKernel[] = [forward, backpropInput, backpropFilter];
