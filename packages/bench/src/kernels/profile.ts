import * as tf from '@tensorflow/tfjs-core';

/** What one kernel took of a step. */
export interface KernelTime {
  kernel: string;
  calls: number;
  milliseconds: number;
}

/**
 * Times every kernel of the current backend while `step` runs, longest first; of `repeat` runs the best counts for each kernel, since
 * others on the machine can only make it worse. `(outside)` is what no kernel took: the tape, the bookkeeping of tensors, the JavaScript
 * of the caller. For backends whose kernels return when they are done (WASM, CPU).
 */
export async function profile(step: () => Promise<void> | void, repeat = 1): Promise<KernelTime[]> {
  const originals = tf.getKernelsForBackend(tf.getBackend());
  let times = new Map<string, KernelTime>();
  for (const config of originals) {
    const { kernelName, backendName, kernelFunc } = config;
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({ ...config, kernelFunc: (args) => timed(kernelName, () => kernelFunc(args)) });
  }
  const best = new Map<string, KernelTime>();
  try {
    for (let i = 0; i < repeat; i++) {
      times = new Map();
      const start = performance.now();
      await step();
      const total = performance.now() - start;
      const inside = [...times.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
      times.set('(outside)', { kernel: '(outside)', calls: 1, milliseconds: total - inside });
      for (const [kernel, time] of times) {
        const before = best.get(kernel);
        if (!before || time.milliseconds < before.milliseconds) best.set(kernel, time);
      }
    }
  } finally {
    for (const config of originals) {
      tf.unregisterKernel(config.kernelName, config.backendName);
      tf.registerKernel(config);
    }
  }
  return [...best.values()].sort((a, b) => b.milliseconds - a.milliseconds);

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
