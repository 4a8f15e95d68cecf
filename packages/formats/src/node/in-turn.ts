import { resolve } from 'node:path';

/** The last work on each path, shared by all copies of this package in the process. */
const queues = ((globalThis as Record<symbol, unknown>)[Symbol.for('@diptych/queues')] ??= new Map()) as Map<
  string,
  Promise<unknown>
>;

/**
 * Does work on a file after all earlier work on it has ended, in the order of the calls: of two saves under one name
 * the second begins when the first is done.
 *
 * @example
 * await inTurn(path, async () => { if (await isOlder(path)) await write(path, bytes); });
 */
export async function inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
  // Before anything is awaited: the order is that of the calls.
  const name = resolve(path);
  const mine = (queues.get(name) ?? Promise.resolve()).then(work);
  const settled = mine.catch(() => {});
  queues.set(name, settled);
  try {
    return await mine;
  } finally {
    if (queues.get(name) === settled) queues.delete(name);
  }
}
