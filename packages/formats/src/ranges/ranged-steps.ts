import type { RangedFile } from './ranged-file.ts';
import { FormatError } from '../errors/index.ts';

/** A reading that asks for ranges of a file and goes on with their bytes, whether these are at hand or arrive later. */
export type RangedSteps<T> = Generator<readonly [start: number, end: number], T, Uint8Array>;

/** Carries a reading out on bytes in memory. */
export function runOnBytes<T>(steps: RangedSteps<T>, bytes: Uint8Array): T {
  let step = steps.next();
  while (!step.done) step = steps.next(bytes.subarray(step.value[0], step.value[1]));
  return step.value;
}

/** Carries a reading out on a file that is read by ranges. */
export async function runOnFile<T>(steps: RangedSteps<T>, file: RangedFile, where: string): Promise<T> {
  let step = steps.next();
  while (!step.done) step = steps.next(await readExactly(file, step.value[0], step.value[1], where));
  return step.value;
}

/** The bytes of a range, refused if there are more or fewer than asked for. */
export async function readExactly(file: RangedFile, start: number, end: number, where: string): Promise<Uint8Array> {
  const bytes = await file.readRange(start, end);
  if (bytes instanceof Uint8Array && bytes.length === end - start) return bytes;
  const given = bytes instanceof Uint8Array ? `${bytes.length}` : 'none';
  throw new FormatError(where, `readRange gave ${given} of the ${end - start} bytes from byte ${start}`);
}
