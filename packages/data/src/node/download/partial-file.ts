import { readFile, rm, stat, writeFile } from 'node:fs/promises';

/** Where a partial download came from, for `If-Range`. */
export interface PartialOrigin {
  url: string;
  /** A strong ETag or a date: what the server takes for "the same file still". */
  validator?: string;
  /** Bytes of the whole file. */
  total?: number;
}

/** The beginning of a file that is on its way, and a note beside it on where it came from. */
export const partialOf = (to: string) => ({ path: `${to}.partial`, note: `${to}.partial.json` });

/** Bytes that are there already, and their origin; 0 without either. */
export async function readPartial(to: string): Promise<{ length: number; origin?: PartialOrigin }> {
  const { path, note } = partialOf(to);
  const length = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  if (length === 0) return { length };
  const origin = await readFile(note, 'utf8').then(
    (text) => JSON.parse(text) as PartialOrigin,
    () => undefined,
  );
  // Bytes of unknown origin might be those of another file: begin anew.
  return typeof origin?.url === 'string' ? { length, origin } : { length: 0 };
}

export const notePartial = (to: string, origin: PartialOrigin) => writeFile(partialOf(to).note, JSON.stringify(origin));

export async function dropPartial(to: string): Promise<void> {
  const { path, note } = partialOf(to);
  await rm(path, { force: true });
  await rm(note, { force: true });
}
