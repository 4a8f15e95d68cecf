import * as tf from '@tensorflow/tfjs-core';
import type { Candidate } from './candidates.ts';
import { importOptional } from './import-optional.ts';
import { nodeVersion } from './node-version.ts';
import { provideWebGpu } from './provide-web-gpu.ts';
import { removeRethrowingHandlers } from './remove-rethrowing-handlers.ts';

interface Outcome {
  running: boolean;
  note?: string;
  cause?: unknown;
}

/** First Node in which tfjs-node 4.22 crashes: it calls util functions that Node 23 removed. */
const brokenNode = 23;

/** Loads, registers and starts one backend, or says why not. Never throws. */
export async function start(candidate: Candidate, loader?: () => Promise<unknown>): Promise<Outcome> {
  try {
    const obstacle = await load(candidate, loader);
    if (obstacle) return { running: false, ...obstacle };
    // Before it starts: its heap is to be one that threads can share.
    const outcome: { note?: string } = candidate.name === 'wasm' ? await speedUpWasm() : {};
    if (!(await tf.setBackend(candidate.registers))) return { running: false, note: 'its initialisation failed' };
    await tf.ready();
    if (candidate.name === 'wasm' && removeRethrowingHandlers() > 0) {
      const said =
        "took off the stock backend's handlers of uncaught errors, which print its source in place of the error";
      return { running: true, note: [outcome.note, said].filter(Boolean).join('; ') };
    }
    return { running: true, ...outcome };
  } catch (cause) {
    return { running: false, note: firstLine(cause), cause };
  }
}

/** Registers the backend with tfjs; returns what stands in the way, if anything. */
async function load(
  candidate: Candidate,
  loader?: () => Promise<unknown>,
): Promise<Omit<Outcome, 'running'> | undefined> {
  const node = nodeVersion();
  if (candidate.nodeOnly && node === undefined) return { note: 'runs in Node alone' };
  if (candidate.nodeOnly && node !== undefined && node >= brokenNode) {
    return {
      note: `${candidate.package} crashes on Node ${brokenNode} and later, this is Node ${node}: use Node 22 or another backend`,
    };
  }
  if (candidate.name === 'webgpu') {
    // Also for a registered backend: its initialisation complains on the console when there is no adapter.
    const obstacle = await provideWebGpu();
    if (obstacle) return { note: obstacle };
  }
  const registered = () => tf.findBackendFactory(candidate.registers) != null;
  // tfjs-node and tfjs-node-gpu register the same name, so only the package tells them apart.
  if (registered() && !candidate.nodeOnly) return undefined;
  if (!loader && node === undefined)
    return { note: `the page has not imported ${candidate.package}, and no loader is given` };
  try {
    await (loader ?? (() => importOptional(candidate.package)))();
  } catch (cause) {
    return {
      note: isMissing(cause, candidate.package) ? `not installed: npm install ${candidate.package}` : firstLine(cause),
      cause,
    };
  }
  return registered() ? undefined : { note: `${candidate.package} registered no backend '${candidate.registers}'` };
}

async function speedUpWasm(): Promise<{ note?: string }> {
  try {
    const { installWasmKernels } = await import('../wasm/index.ts');
    const { instructionSet, threads, notes } = await installWasmKernels();
    const kernels = `kernels: ${instructionSet}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    return { note: [kernels, ...notes].join('; ') };
  } catch (cause) {
    return { note: `stock kernels: ${firstLine(cause)}` };
  }
}

const isMissing = (cause: unknown, specifier: string) => {
  const { code, message = '' } = cause as { code?: string; message?: string };
  return (
    (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || /cannot find|failed to load/i.test(message)) &&
    message.includes(specifier)
  );
};

const firstLine = (cause: unknown) => String(cause instanceof Error ? cause.message : cause).split('\n', 1)[0];
