import { FormatError } from '../errors/index.ts';
import { plainBytes, type FileBytes } from '../ranges/plain-bytes.ts';
import type { HostTensors } from '../tensors/host-tensor.ts';
import { orUnsupported, recordOf } from '../tensors/unsupported.ts';
import { headerLength, parseHeader } from './parse-header.ts';
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
 * is executed, and everything is checked before the first tensor is made. A tensor of a type that is not read (F4, F6, C64 and
 * newer ones) is listed, and refused when it is asked for.
 *
 * **Memory** the tensors are copies; the bytes may be reused.
 *
 * @throws FormatError for a truncated or corrupt file: header length, JSON, duplicate names, shapes and offsets that do not fit each
 * other or the file; at a tensor whose type is not read
 * @see https://huggingface.co/docs/safetensors
 * @example
 * const { tensors, metadata } = readSafetensors(await readFile('weights.safetensors'));
 * tensors['mid.norm1.gamma'].data; // Float32Array
 */
export function readSafetensors(bytes: FileBytes): Safetensors {
  const where = 'readSafetensors';
  const file = plainBytes(bytes, where);
  if (file.length < 8) throw new FormatError(where, `a file has at least 8 bytes, this one has ${file.length}`);
  const start = 8 + headerLength(file, file.length, where);
  const { entries, metadata } = parseHeader(file.subarray(8, start), file.length - start, where);
  const tensors = entries.map((entry) => {
    const data = file.subarray(start + entry.begin, start + entry.end);
    return [entry.name, orUnsupported(() => tensorOf(entry, data, where))] as const;
  });
  return { tensors: recordOf(tensors), metadata };
}
