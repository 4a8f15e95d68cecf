import { check } from '@diptych/formats/errors';
import { importNode, inNode } from './platform.ts';

/** More are of no use to the sizes of our networks, and each costs a megabyte or more. */
const most = 64;

/** How many threads to take: what is asked for, what DIPTYCH_THREADS says, or all cores; one where memory cannot be shared. */
export async function threadCount(wanted: number | undefined): Promise<number> {
  const rule = 'a whole number from 1';
  if (wanted !== undefined) {
    check(Number.isSafeInteger(wanted) && wanted >= 1, 'installWasmKernels', 'threads', rule, wanted);
    return Math.min(wanted, most);
  }
  const named = typeof process === 'undefined' ? undefined : process.env?.DIPTYCH_THREADS;
  if (named !== undefined && named !== '') {
    const count = Number(named);
    check(Number.isSafeInteger(count) && count >= 1, 'installWasmKernels', 'DIPTYCH_THREADS', rule, named);
    return Math.min(count, most);
  }
  return Math.min(await cores(), most);
}

async function cores(): Promise<number> {
  if (inNode()) {
    const os = await importNode<{ availableParallelism?(): number; cpus(): unknown[] }>('node:os');
    return Math.max(os.availableParallelism?.() ?? os.cpus().length, 1);
  }
  return globalThis.crossOriginIsolated ? Math.max(globalThis.navigator?.hardwareConcurrency ?? 1, 1) : 1;
}
