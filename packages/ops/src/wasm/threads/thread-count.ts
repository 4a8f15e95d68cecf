import { check, checkCount } from '@diptych/formats/errors';
import { importNode, inNode } from './platform.ts';

/** More are of no use to the sizes of our networks, and each costs a megabyte or more. */
const most = 64;

/** How many threads to take: what is asked for, what DIPTYCH_THREADS says, or all cores; one where memory cannot be shared. */
export async function threadCount(wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    checkCount('installWasmKernels', { threads: wanted });
    return Math.min(wanted, most);
  }
  const named = typeof process === 'undefined' ? undefined : process.env?.DIPTYCH_THREADS;
  if (named !== undefined && named !== '') {
    const count = Number(named);
    check(
      Number.isSafeInteger(count) && count >= 1,
      'installWasmKernels',
      'DIPTYCH_THREADS',
      'a positive integer',
      named,
    );
    return Math.min(count, most);
  }
  return Math.min(await cores(), most);
}

async function cores(): Promise<number> {
  if (inNode()) {
    const os = await importNode<{ availableParallelism?(): number; cpus(): unknown[] }>('node:os');
    const { readFileSync } = await importNode<{ readFileSync(path: string, encoding: 'utf8'): string }>('node:fs');
    const present = os.availableParallelism?.() ?? os.cpus().length;
    return Math.max(
      Math.min(
        present,
        allottedCores((path) => readFileSync(path, 'utf8')),
      ),
      1,
    );
  }
  return globalThis.crossOriginIsolated ? Math.max(globalThis.navigator?.hardwareConcurrency ?? 1, 1) : 1;
}

/**
 * How many cores' worth of time the control groups of Linux allot to this process, rounded up; infinite where nothing limits it. A container
 * with two of 64 cores sees all 64, and more threads than its share would take time from each other.
 */
export function allottedCores(read: (path: string) => string): number {
  const numbers = (...paths: string[]) => {
    try {
      return paths.flatMap((path) => read(path).trim().split(/\s+/)).map(Number);
    } catch {
      return [];
    }
  };
  const share = ([quota, period]: number[]) => (quota > 0 && period > 0 ? Math.ceil(quota / period) : Infinity);
  const root = '/sys/fs/cgroup';
  const shares = [share(numbers(`${root}/cpu/cpu.cfs_quota_us`, `${root}/cpu/cpu.cfs_period_us`))];
  let own = '';
  try {
    own = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '';
  } catch {
    // Another system.
  }
  const folders = own.split('/').filter((name) => name !== '' && name !== '..');
  for (let depth = 0; depth <= folders.length; depth++) {
    shares.push(share(numbers([root, ...folders.slice(0, depth), 'cpu.max'].join('/'))));
  }
  return Math.min(...shares);
}
