import { checkOptions, describeValue, rules, refuseFile, type RefuseFile } from '../errors/index.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';
import { checkEntryName } from './entry-name.ts';
import { paxRecords } from './pax-records.ts';
import { readTarHeader, tarText, type TarHeader } from './tar-header.ts';

/** How an archive is read. */
export interface UntarOptions {
  /** What messages call the file. Default `tar`. */
  name?: string;
}

const block = 512;
/** Headers that describe the next file, or with `g` all further ones. */
const describing = new Set(['x', 'X', 'g', 'L', 'K']);
/** How records begin that describe a file with holes. Of the other records only path and size matter: an archive may hold millions. */
const sparse = 'GNU.sparse.';
/** Links, devices, folders and the label of a volume have no contents, whatever size they give. */
const bodyless = new Set(['1', '2', '3', '4', '5', '6', 'V']);

/**
 * The files in a tar archive by their names; folders, links and the like are left out. Nothing is written anywhere, so a
 * name is only a key. Knows the headers of POSIX (ustar and pax) and of GNU tar, with names and sizes of any length.
 *
 * **Memory** the contents are views into the archive.
 *
 * @throws FormatError if a header is damaged, or the archive ends inside a file, holds a name twice or one that leads out of it
 * (`../`), or holds a file that is stored sparse or continued in another volume
 * @see POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar 1.35, "Basic Tar Format"
 * @example
 * const files = untar(await gunzip(archive));
 * const test = cifar10Dataset([files.get('cifar-10-batches-bin/test_batch.bin')!]);
 */
export function untar(bytes: FileBytes, options: UntarOptions = {}): Map<string, Uint8Array> {
  const where = 'untar';
  const { name: archive = 'tar' } = checkOptions(where, options, { name: rules.text });
  const refuse = refuseFile(where, archive);
  const files = new Map<string, Uint8Array>();
  const paths = new Set<string>();
  for (const { type, name, contents, sparse: holes } of tarMembers(plainBytes(bytes, where), refuse)) {
    if (bodyless.has(type) || name.endsWith('/')) continue;
    if (holes || type === 'S') refuse(`holds ${describeValue(name)} as a sparse file, which is not supported`);
    if (type !== '0') refuse(`holds ${describeValue(name)} of type ${describeValue(type)}, which is not supported`);
    checkEntryName(name, where, archive);
    const path = name.replace(/^(\.\/)+/, '');
    if (paths.has(path)) refuse(`holds ${describeValue(path)} twice`);
    paths.add(path);
    files.set(name, contents);
  }
  return files;
}

interface TarMember {
  type: string;
  name: string;
  contents: Uint8Array;
  sparse: boolean;
}

/** The members of an archive, each with what the headers before it say. */
function* tarMembers(all: Uint8Array, refuse: RefuseFile): Generator<TarMember> {
  const everywhere = new Map<string, string>();
  let next: Map<string, string> | undefined;
  for (let at = 0; at < all.length;) {
    if (at + block > all.length) refuse(`ends inside the header at byte ${at}`);
    const bytes = all.subarray(at, at + block);
    if (bytes.every((byte) => byte === 0)) break;
    const header = readTarHeader(bytes, at, refuse);
    const describes = describing.has(header.type);
    const said = new Map([...everywhere, ...((!describes && next) || [])]);
    const name = (!describes && said.get('path')) || header.name;
    const size = describes ? header.size : sizeOf(header, said, refuse);
    const end = at + block + (bodyless.has(header.type) ? 0 : size);
    if (!(end <= all.length)) refuse(`ends inside ${describeValue(name)}`);
    const contents = all.subarray(at + block, end);
    if (describes) {
      const records = header.type === 'g' ? everywhere : (next ??= new Map());
      if (header.type === 'L') records.set('path', tarText(contents));
      else if (header.type !== 'K')
        for (const [key, value] of paxRecords(contents, at, refuse)) {
          const kept = key.startsWith(sparse) ? sparse : key;
          if (kept === sparse || kept === 'path' || kept === 'size') records.set(kept, value);
        }
    } else {
      yield { type: header.type, name, contents, sparse: said.has(sparse) };
      next = undefined;
    }
    at = Math.ceil(end / block) * block;
  }
  if (next) refuse('ends behind the header of a file that is missing');
}

function sizeOf(header: TarHeader, said: ReadonlyMap<string, string>, refuse: RefuseFile): number {
  const text = said.get('size');
  if (!text) return header.size;
  const size = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(size)) refuse(`gives ${describeValue(header.name)} the size ${describeValue(text)}`);
  return size;
}
