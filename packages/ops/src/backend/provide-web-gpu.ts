import { importOptional } from './import-optional.ts';
import { nodeVersion } from './node-version.ts';

/** The little of the WebGPU API that is asked for here. */
interface Gpu {
  requestAdapter(): Promise<unknown>;
}

/**
 * Sees to it that `navigator.gpu` gives an adapter, in Node by the npm package `webgpu` (Dawn); returns what stands in the way, if anything, and
 * then leaves no trace: tfjs takes the mere presence of `navigator.gpu` for support.
 */
export async function provideWebGpu(): Promise<string | undefined> {
  const present = gpuOf(globalThis.navigator);
  if (present) return (await present.requestAdapter()) ? undefined : noAdapter;
  if (nodeVersion() === undefined) return 'this browser has no WebGPU';

  const dawn = await importOptional('webgpu').catch(() => undefined);
  if (!dawn) return 'not installed: npm install webgpu @tensorflow/tfjs-backend-webgpu';
  const { create, globals } = dawn as { create: (flags: string[]) => Gpu; globals: object };
  const gpu = create([]);
  if (!(await gpu.requestAdapter())) return noAdapter;

  for (const [name, value] of Object.entries(globals)) define(globalThis, name, value);
  // Node 20 has no navigator.
  if (!globalThis.navigator) define(globalThis, 'navigator', {});
  define(globalThis.navigator, 'gpu', gpu);
  return undefined;
}

const noAdapter = 'no adapter: this machine has no GPU that WebGPU can use';

const gpuOf = (navigator: unknown) => (navigator as { gpu?: Gpu } | undefined)?.gpu;

const define = (target: object, name: string, value: unknown) =>
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
