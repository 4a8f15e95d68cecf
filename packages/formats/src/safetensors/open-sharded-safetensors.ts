import { check, describeValue, FormatError } from '../errors/index.ts';
import type { HostTensors } from '../tensors/host-tensor.ts';
import { jsonOf } from '../json/parse-json.ts';
import type { RangedFile } from '../ranges/ranged-file.ts';
import { openSafetensors } from './open-safetensors.ts';
import type { SafetensorsFile } from './safetensors-file.ts';

const where = 'openShardedSafetensors';

/**
 * Opens weights that are split over several safetensors files by their index, `model.safetensors.index.json`: an object whose
 * `weight_map` says which file holds which tensor. A file is opened when the first tensor of it is read.
 *
 * @param index the text of the index, or its bytes
 * @param open opens one of the files by the name that the index gives: a plain file name, never a path
 * @throws FormatError for an index that is none, a file name that leads elsewhere, and a tensor that its file lacks
 * @see https://huggingface.co/docs/safetensors
 * @example
 * const folder = 'https://example.org/model/';
 * const index = await (await fetch(`${folder}model.safetensors.index.json`)).text();
 * const weights = await openShardedSafetensors(index, (name) => urlFile(folder + name));
 */
export function openShardedSafetensors(
  index: string | Uint8Array,
  open: (name: string) => Promise<RangedFile>,
): SafetensorsFile {
  const shardOf = weightMap(index);
  const opened = new Map<string, Promise<SafetensorsFile>>();
  const shard = (name: string) => {
    const known = opened.get(name);
    if (known) return known;
    const file = open(name).then(openSafetensors);
    opened.set(name, file);
    // What failed once may be tried again.
    file.catch(() => opened.delete(name));
    return file;
  };
  const read = async (names: readonly string[] = [...shardOf.keys()]) => {
    const wanted = new Map<string, string[]>();
    for (const name of new Set(names)) {
      const file = shardOf.get(name);
      check(file, where, 'names', 'those of tensors in the index', name);
      if (wanted.get(file)?.push(name) === undefined) wanted.set(file, [name]);
    }
    const found = new Map<string, HostTensors[string]>();
    for (const [file, inside] of wanted) {
      const opened = await shard(file);
      const there = new Set(opened.names);
      const absent = inside.filter((name) => !there.has(name));
      if (absent.length > 0) refuse(`${file} lacks ${describeValue(absent)}, which the index says it holds`);
      for (const [name, tensor] of Object.entries(await opened.read(inside))) found.set(name, tensor);
    }
    return Object.fromEntries([...new Set(names)].map((name) => [name, found.get(name)!]));
  };
  return { names: [...shardOf.keys()], metadata: {}, read };
}

/** File by tensor name. */
function weightMap(index: string | Uint8Array): Map<string, string> {
  const parsed = jsonOf(index, where, 'the index');
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map;
  const known = typeof map === 'object' && map !== null && !Array.isArray(map);
  if (!known) refuse(`the index must be an object with a weight_map, but that is ${describeValue(map)}`);
  const pairs = Object.entries(map as Record<string, unknown>);
  for (const [name, file] of pairs) {
    const plain = typeof file === 'string' && /^\w[\w.-]*$/.test(file);
    if (!plain)
      refuse(`the index says that ${describeValue(name)} is in ${describeValue(file)}, which is not a plain file name`);
  }
  return new Map(pairs as [string, string][]);
}

function refuse(sentence: string): never {
  throw new FormatError(where, sentence);
}
