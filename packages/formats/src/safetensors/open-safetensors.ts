import { check, checkRule } from '../errors/index.ts';
import type { HostTensor } from '../tensors/host-tensor.ts';
import { rangedFileRule, type RangedFile } from '../ranges/ranged-file.ts';
import { readExactly } from '../ranges/ranged-steps.ts';
import { headerLength, parseHeader, type TensorEntry } from './parse-header.ts';
import type { SingleSafetensorsFile } from './safetensors-file.ts';
import { elementTypeOf, tensorOf } from './tensor-of.ts';

const where = 'openSafetensors';

/** Neighbouring tensors come in one request as long as it stays below this many bytes. */
const largestRequest = 2 ** 24;

/**
 * Opens a safetensors file for reading single tensors, or rows of them: reads its header, then of the data only what is asked for. Everything
 * that `readSafetensors` checks is checked here, before the first tensor is read. Tensors of types that are not read are listed.
 *
 * **Memory** the header, at most 100 MB, and the tensors that are read; beside these one request, of one tensor or of
 * neighbouring small ones up to 16 MiB.
 *
 * @param file its size and a function that reads a range: `urlFile`, `fileRange` of `@diptych/formats/node`, or your own
 * @throws DiptychError if the file is truncated or corrupt, ranges have another length than asked for, or a name is read that it does not
 * have or a tensor whose type is not read
 * @see https://huggingface.co/docs/safetensors
 * @example
 * const file = await openSafetensors(await urlFile('https://example.org/model.safetensors'));
 * const { 'mid.norm1.gamma': gamma } = await file.read(['mid.norm1.gamma']);
 */
export async function openSafetensors(file: RangedFile): Promise<SingleSafetensorsFile> {
  checkRule(where, 'file', rangedFileRule, file);
  const { size } = file;
  check(Number.isSafeInteger(size) && size >= 8, where, 'size', 'at least the 8 bytes of the header length', size);
  const start = 8 + headerLength(await readExactly(file, 0, 8, where), size, where);
  const { entries, metadata } = parseHeader(await readExactly(file, 8, start, where), size - start, where);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));

  const entryOf = (name: string) => {
    const entry = byName.get(name);
    check(entry, where, 'names', `those of tensors in the file`, name);
    return entry;
  };

  const read = async (names: readonly string[] = [...byName.keys()]) => {
    const wanted = [...new Set(names)].map(entryOf);
    const found = new Map<string, HostTensor>();
    for (const group of neighbours(wanted)) {
      const { begin } = group[0];
      const bytes = await readExactly(file, start + begin, start + group.at(-1)!.end, where);
      for (const entry of group)
        found.set(entry.name, tensorOf(entry, bytes.subarray(entry.begin - begin, entry.end - begin), where));
    }
    return Object.fromEntries(wanted.map(({ name }) => [name, found.get(name)!]));
  };

  const readRows = async (name: string, from: number, to: number) => {
    const entry = entryOf(name);
    const [rows = 0, ...row] = entry.shape;
    const sound = Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from <= to && to <= rows;
    check(sound, where, `rows of ${name}`, `a range inside 0..${rows}`, `${from}..${to}`);
    const bytes = row.reduce((product, n) => product * n, elementTypeOf(entry, where).bytes);
    const first = start + entry.begin;
    const part = await readExactly(file, first + from * bytes, first + to * bytes, where);
    return tensorOf({ ...entry, shape: [to - from, ...row] }, part, where);
  };
  const tensors = new Map(entries.map(({ name, type, shape }) => [name, { dtype: type, shape }]));
  return { names: [...byName.keys()], metadata, tensors, read, readRows };
}

/** Entries in the order of the file, grouped where one begins at the end of the other. */
function neighbours(entries: readonly TensorEntry[]): TensorEntry[][] {
  const groups: TensorEntry[][] = [];
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const group = groups.at(-1);
    const joins = group && group.at(-1)!.end === entry.begin && entry.end - group[0].begin <= largestRequest;
    if (joins) group.push(entry);
    else groups.push([entry]);
  }
  return groups;
}
