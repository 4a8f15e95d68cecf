import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import type { WasmBackend } from './backend-memory.ts';
import { BackendMemory } from './backend-memory.ts';
import type { CompiledKernels } from './binary/compile-kernels.ts';
import { compileKernels } from './binary/compile-kernels.ts';
import type { InstructionSet } from './binary/instruction-set.ts';
import { enableRelaxedSimd, supports } from './binary/instruction-set.ts';
import { allKernels } from './kernels/all-kernels.ts';
import type { WasmKernel } from './wasm-kernel.ts';

/** Options of `installWasmKernels`. */
export interface WasmKernelOptions {
  /** Take this build rather than the fastest that the engine supports. */
  instructionSet?: InstructionSet;
}

/** What `installWasmKernels` did. */
export interface InstalledWasmKernels {
  /** Stock kernels that ours stand in for. */
  readonly replaced: readonly string[];
  /** Kernels under names of our own, which the operations of this package ask for. */
  readonly added: readonly string[];
  /** The build in use; `none` where the engine has no SIMD, and then nothing was replaced. */
  readonly instructionSet: InstructionSet | 'none';
  /** Puts the stock kernels back. */
  uninstall(): void;
}

/** What we changed in the registry of tfjs. */
interface Installation {
  current?: InstalledWasmKernels;
  /** Calls take turns. */
  queue: Promise<unknown>;
}

/** The registry is one per realm, however many copies of tfjs and of this package are loaded; so is the record. */
const record = Symbol.for('@diptych/ops/wasm');
const realm = globalThis as { [record]?: Installation };

/**
 * Puts SIMD kernels in place of the slow ones of the stock tfjs WASM backend, on the same tensors, without a copy.
 *
 * Matrix products in all transpose and broadcast cases, transposes of any rank and the fused kernels that the operations of this
 * package ask for. A call that a kernel of ours does not cover (int32, say) goes to the stock kernel. May be called before or after
 * the backend is initialised, and again: the second call returns what the first one did, unless it asks for another build.
 *
 * **Memory**: scratch space is taken from the backend's heap during a call and given back before it returns.
 *
 * @throws DiptychError if the WASM backend is not registered, or the requested build does not run here.
 * @see https://github.com/WebAssembly/relaxed-simd
 * @example
 * import '@tensorflow/tfjs-backend-wasm';
 * await tf.setBackend('wasm');
 * const { replaced, instructionSet } = await installWasmKernels();
 */
export function installWasmKernels(options: WasmKernelOptions = {}): Promise<InstalledWasmKernels> {
  const installation = (realm[record] ??= { queue: Promise.resolve() });
  const turn = installation.queue.then(async () => {
    const { current } = installation;
    if (current && (options.instructionSet ?? current.instructionSet) === current.instructionSet) return current;
    const { instructionSet, compiled } = await prepare(options);
    current?.uninstall();
    return (installation.current = install(installation, instructionSet, compiled));
  });
  installation.queue = turn.catch(() => undefined);
  return turn;
}

async function prepare({ instructionSet: wanted }: WasmKernelOptions) {
  check(
    getKernel('BatchMatMul', 'wasm'),
    'installWasmKernels',
    'backend',
    'registered: import @tensorflow/tfjs-backend-wasm first',
    'no WASM kernels',
  );
  if (wanted !== 'simd') await enableRelaxedSimd();
  const set = wanted ?? (['relaxedSimd', 'simd'] as const).find(supports);
  check(
    set === undefined || supports(set),
    'installWasmKernels',
    'instructionSet',
    'one that this engine supports',
    set,
  );
  return { instructionSet: set ?? ('none' as const), compiled: set && (await compileKernels(set)) };
}

function install(
  installation: Installation,
  instructionSet: InstructionSet | 'none',
  compiled?: CompiledKernels,
): InstalledWasmKernels {
  const changes = compiled ? allKernels.map((kernel) => put(kernel, compiled)) : [];
  const names = (isReplaced: boolean) =>
    changes.filter((change) => Boolean(change.stock) === isReplaced).map((change) => change.ours.kernelName);
  const installed: InstalledWasmKernels = {
    replaced: names(true),
    added: names(false),
    instructionSet,
    uninstall: () => {
      changes.splice(0).forEach(takeBack);
      if (installation.current === installed) installation.current = undefined;
    },
  };
  return installed;
}
interface Change {
  ours: KernelConfig;
  stock: KernelConfig | undefined;
}

/** Registers one kernel in place of the stock one, whose set-up still runs whenever the backend is created. */
function put(kernel: WasmKernel, compiled: CompiledKernels): Change {
  const { kernelName } = kernel;
  const stock = getKernel(kernelName, 'wasm');
  const kernelFunc: KernelFunc = (args) => {
    if (!kernel.covers(args)) {
      if (stock) return stock.kernelFunc(args);
      throw new Error(`${kernelName}: the WASM backend has no kernel for tensors of this dtype or layout`);
    }
    return kernel.compute(memoryOf(args.backend as WasmBackend, compiled), args);
  };
  const ours = { ...stock, kernelName, backendName: 'wasm', kernelFunc };
  if (stock) unregisterKernel(kernelName, 'wasm');
  registerKernel(ours);
  return { ours, stock };
}

function takeBack({ ours, stock }: Change): void {
  // Whoever replaced ours in the meantime stays.
  if (getKernel(ours.kernelName, 'wasm') !== ours) return;
  unregisterKernel(ours.kernelName, 'wasm');
  if (stock) registerKernel(stock);
}

const memories = new WeakMap<CompiledKernels, WeakMap<WasmBackend, BackendMemory>>();

/** Our kernels instantiated on a backend's memory, once per backend: it may be removed and created again. */
function memoryOf(backend: WasmBackend, compiled: CompiledKernels): BackendMemory {
  let ofBuild = memories.get(compiled);
  if (!ofBuild) memories.set(compiled, (ofBuild = new WeakMap()));
  let memory = ofBuild.get(backend);
  if (!memory) ofBuild.set(backend, (memory = new BackendMemory(backend, compiled)));
  return memory;
}
