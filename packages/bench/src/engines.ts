import { installWasmKernels, type InstalledWasmKernels, type WasmKernelOptions } from '@diptych/ops/wasm';
import * as tf from '@tensorflow/tfjs-core';

/** One way to run our kernels; a name ends with its number of threads. */
export interface Engine {
  readonly name: string;
  readonly threads: number;
  readonly options: WasmKernelOptions;
}

/** Relaxed SIMD in one thread, the honest base, then in two, and the wide build in one and two; what this machine cannot run is left out. */
export function enginesHere(best: InstalledWasmKernels, cores: number): readonly Engine[] {
  const several = best.threads > 1 && cores > 1 ? [1, 2] : [1];
  const builds = [
    ['wasm', 'relaxedSimd'] as const,
    ...(best.instructionSet === 'wide' ? [['wide', 'wide'] as const] : []),
  ];
  return builds.flatMap(([name, instructionSet]) =>
    several.map((threads) => ({ name: `${name}-${threads}`, threads, options: { instructionSet, threads } })),
  );
}

let current: string | undefined;

/** Puts the kernels of an engine in place, or takes them away; new threads get the time to start. */
export async function switchTo(engine: Engine | undefined): Promise<void> {
  if (current === (engine?.name ?? 'stock')) return;
  current = engine?.name ?? 'stock';
  const installed = await installWasmKernels(engine?.options);
  if (!engine) return installed.uninstall();
  if (engine.threads === 1) return;
  // The first kernel that is large enough starts them.
  tf.tidy(() => tf.matMul(tf.ones([256, 256]), tf.ones([256, 256])));
  await new Promise((resolve) => setTimeout(resolve, 400));
}
