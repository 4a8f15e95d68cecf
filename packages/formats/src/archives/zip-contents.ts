import { describeValue, FormatError } from '../errors/index.ts';
import { Unsupported } from '../tensors/unsupported.ts';
import { crc32 } from './crc32.ts';
import { inflateExactly } from './inflate-exactly.ts';
import type { ZipContext, ZipEntry } from './zip-directory.ts';

/** The contents of an entry, from its bytes in the archive; what is stored comes out as a view of these. */
export function zipContents(
  entry: ZipEntry,
  packed: Uint8Array,
  { where, name: archive, unset }: ZipContext,
): Uint8Array {
  const refuse = (sentence: string, options?: ErrorOptions): never => {
    throw new FormatError(where, `${describeValue(entry.name)} in ${archive} ${sentence}`, options);
  };
  checkReadable(entry, (sentence) => {
    throw new Unsupported(where, `${describeValue(entry.name)} in ${archive} ${sentence}`);
  });
  let contents: Uint8Array | undefined = packed;
  try {
    if (entry.method === 8) contents = inflateExactly(packed, entry.size);
  } catch (cause) {
    refuse('is damaged: its data cannot be inflated', { cause });
  }
  if (contents?.length !== entry.size) return refuse(`does not unpack to the ${entry.size} bytes that it declares`);
  const sound = entry.checksum === unset || crc32(contents) === entry.checksum;
  if (!sound) refuse('is damaged: its bytes are not what its checksum says');
  return contents;
}

function checkReadable({ method, encrypted }: ZipEntry, refuse: (sentence: string) => never): void {
  if (encrypted) refuse('is encrypted');
  if (method !== 0 && method !== 8) refuse(`is compressed by method ${method}; only stored and deflated are read`);
}
