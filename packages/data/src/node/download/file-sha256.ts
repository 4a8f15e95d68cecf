import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * SHA-256 of a file in lower-case hexadecimal; read piece by piece, so a file of any size takes no memory.
 *
 * @throws the errors of the file system as they are.
 * @example
 * await fileSha256('cifar-10-binary.tar.gz'); // 'c4a38c50…'
 */
export async function fileSha256(path: string, options: { signal?: AbortSignal } = {}): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal: options.signal });
  return hash.digest('hex');
}
