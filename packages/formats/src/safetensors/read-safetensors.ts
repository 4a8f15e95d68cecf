import { check } from '../errors/index.ts';
import type { HostTensors } from '../tensors/host-tensor.ts';
import { largestHeader, parseHeader } from './parse-header.ts';
import { tensorOf } from './tensor-of.ts';

/** What a safetensors file holds. */
export interface Safetensors {
  tensors: HostTensors;
  metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file: 8 bytes header length, JSON header, tensors one after the other.
 *
 * F16, BF16 and 8-bit floats become float32, which holds them exactly; all other types stay as they are. Nothing of the file
 * is executed, and everything is checked before the first tensor is made.
 *
 * **Memory** the tensors are copies; the bytes may be reused.
 *
 * @throws DiptychError for a truncated or corrupt file: header length, JSON, duplicate names, unknown dtype, shapes and
 * offsets that do not fit each other or the file
 * @see https://huggingface.co/docs/safetensors
 * @example
 * const { tensors, metadata } = readSafetensors(await readFile('weights.safetensors'));
 * tensors['mid.norm1.gamma'].data; // Float32Array
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer): Safetensors {
  // A plain Uint8Array in any case: `slice` of Node's Buffer would be a view.
  const file =
    bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  check(file.length >= 8, 'readSafetensors', 'bytes', 'at least the 8 of the header length', `${file.length} bytes`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = view.getBigUint64(0, true);
  const limit = Math.min(largestHeader, file.length - 8);
  check(length <= limit, 'readSafetensors', 'header length', `at most ${limit}`, length);
  const start = 8 + Number(length);
  const { entries, metadata } = parseHeader(file.subarray(8, start), file.length - start, 'readSafetensors');
  const tensors = entries.map((entry) => {
    return [entry.name, tensorOf(entry, file.subarray(start + entry.begin, start + entry.end))] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}
