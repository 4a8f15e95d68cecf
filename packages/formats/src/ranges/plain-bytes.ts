import { check } from '../errors/index.ts';

/** The bytes of a file, however they are held: Node's Buffer, a part of a larger buffer, memory shared between workers. */
export type FileBytes = ArrayBufferLike | ArrayBufferView;

/**
 * The same bytes as a plain `Uint8Array`, not copied. Of a `Buffer`, `slice` would be a view of a pool, and `buffer` the whole pool.
 */
export function plainBytes(bytes: FileBytes, where: string, parameter = 'bytes'): Uint8Array {
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shared = typeof SharedArrayBuffer !== 'undefined' && (bytes as unknown) instanceof SharedArrayBuffer;
  check(shared || bytes instanceof ArrayBuffer, where, parameter, 'a Uint8Array or an ArrayBuffer', bytes);
  return new Uint8Array(bytes);
}
