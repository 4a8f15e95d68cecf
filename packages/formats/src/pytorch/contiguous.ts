import { check } from '../errors/index.ts';
import { elementTypes } from '../tensors/element-types.ts';
import type { HostTensor } from '../tensors/host-tensor.ts';
import type { StridedTensor } from './pickle-values.ts';

/** Makes a contiguous tensor of a strided view of the bytes of its storage. */
export function contiguous(
  { type, offset, shape, strides }: StridedTensor,
  storage: Uint8Array,
  path: string,
): HostTensor {
  const { bytes, dtype, read } = elementTypes[type];
  const count = shape.reduce((product, n) => product * n, 1);
  const last = count ? offset + shape.reduce((sum, n, i) => sum + (n - 1) * strides[i], 0) : -1;
  const rule = `a view of its storage of ${storage.length} bytes`;
  check((last + 1) * bytes <= storage.length, 'readPyTorch', path, rule, `element ${last} of ${bytes} bytes`);
  const dense = shape.every((_, i) => strides[i] === shape.slice(i + 1).reduce((product, n) => product * n, 1));
  if (dense) return { shape, dtype, data: read(own(storage, offset * bytes, count * bytes)) } as HostTensor;
  const packed = new Uint8Array(count * bytes);
  const index = shape.map(() => 0);
  for (let i = 0, at = offset; i < count; i++) {
    for (let b = 0; b < bytes; b++) packed[i * bytes + b] = storage[at * bytes + b];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { shape, dtype, data: read(packed.buffer) } as HostTensor;
}

/** A copy of some bytes in a buffer of their own. */
function own(bytes: Uint8Array, begin: number, length: number): ArrayBuffer {
  return new Uint8Array(bytes.subarray(begin, begin + length)).buffer;
}
