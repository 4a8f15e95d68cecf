import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendMemory } from './backend-memory.ts';

type KernelArguments = Parameters<KernelFunc>[0];

/** One kernel of ours, under a stock name (which it then replaces) or under a name of our own. */
export interface WasmKernel {
  kernelName: string;
  /** Whether it can compute this call; the stock kernel takes the rest. */
  covers(args: KernelArguments): boolean;
  compute(memory: BackendMemory, args: KernelArguments): TensorInfo | TensorInfo[];
}

/** The inputs of a kernel by name, each one tensor; an optional one may be absent. */
export const tensors = (args: KernelArguments): Record<string, TensorInfo> => args.inputs as Record<string, TensorInfo>;

/** Whether every tensor that is there is float32. */
export const allFloat = (args: KernelArguments): boolean =>
  Object.values(tensors(args)).every((tensor) => tensor == null || tensor.dtype === 'float32');

/** The number of elements of a tensor. */
export const elements = (tensor: TensorInfo): number => tensor.shape.reduce((count, size) => count * size, 1);
