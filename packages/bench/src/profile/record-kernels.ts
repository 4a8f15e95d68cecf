import * as tf from '@tensorflow/tfjs-core';
import { processorTime } from '../clock.ts';

/** One call of a kernel. */
export interface KernelCall {
  readonly kernel: string;
  /** Shapes of its inputs, joined by x. */
  readonly shapes: string;
  /** Milliseconds of processor time, without those of kernels that it calls. */
  readonly time: number;
}

/** Tells every call of a kernel of the current backend while `step` runs. For backends whose kernels return when they are done. */
export async function recordKernels(step: () => Promise<void>, tell: (call: KernelCall) => void): Promise<void> {
  const originals = tf.getKernelsForBackend(tf.getBackend());
  /** Time of the kernels inside each of those that run now. */
  const inside: number[] = [];
  const replace = (configs: tf.KernelConfig[]) => {
    for (const config of configs) {
      tf.unregisterKernel(config.kernelName, config.backendName);
      tf.registerKernel(config);
    }
  };
  replace(originals.map((config) => ({ ...config, kernelFunc: (args) => timed(config, args) })));
  try {
    await step();
  } finally {
    replace(originals);
  }

  function timed({ kernelName, kernelFunc }: tf.KernelConfig, args: Parameters<tf.KernelFunc>[0]) {
    inside.push(0);
    const start = processorTime();
    const result = kernelFunc(args);
    const time = processorTime() - start;
    const others = inside.pop()!;
    if (inside.length) inside[inside.length - 1] += time;
    const shapes = Object.values(args.inputs).flatMap((input) => (input ? [`[${input.shape.join(',')}]`] : []));
    tell({ kernel: kernelName, shapes: shapes.join(' '), time: time - others });
    return result;
  }
}
