import * as tf from '@tensorflow/tfjs-core';

/** What one kernel took of a step. */
export interface KernelTime {
  kernel: string;
  calls: number;
  milliseconds: number;
}

/**
 * Times every kernel of the current backend while `step` runs, longest first. The entry `(outside)` is what no kernel took: the tape, the
 * tensors' bookkeeping and JavaScript of the caller. For backends whose kernels return when they are done (WASM, CPU).
 */
export async function profile(step: () => Promise<void> | void, repeat = 1): Promise<KernelTime[]> {
  const times = new Map<string, KernelTime>();
  const originals = tf.getKernelsForBackend(tf.getBackend());
  for (const config of originals) {
    const { kernelName, backendName, kernelFunc } = config;
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({ ...config, kernelFunc: (args) => timed(kernelName, () => kernelFunc(args)) });
  }
  let total = 0;
  try {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) await step();
    total = performance.now() - start;
  } finally {
    for (const config of originals) {
      tf.unregisterKernel(config.kernelName, config.backendName);
      tf.registerKernel(config);
    }
  }
  const kernels = [...times.values()];
  const inside = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  kernels.push({ kernel: '(outside)', calls: repeat, milliseconds: total - inside });
  return kernels
    .map(({ kernel, calls, milliseconds }) => ({
      kernel,
      calls: calls / repeat,
      milliseconds: milliseconds / repeat,
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);

  function timed<T>(kernel: string, run: () => T): T {
    const start = performance.now();
    const result = run();
    const entry = times.get(kernel) ?? { kernel, calls: 0, milliseconds: 0 };
    entry.calls++;
    entry.milliseconds += performance.now() - start;
    times.set(kernel, entry);
    return result;
  }
}
