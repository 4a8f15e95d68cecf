import { elementTypes } from '../tensors/element-types.ts';
import type { HostTensor } from '../tensors/host-tensor.ts';
import type { TensorEntry } from './parse-header.ts';

/** The tensor of an entry, of a copy of its bytes. */
export function tensorOf({ type, shape }: TensorEntry, bytes: Uint8Array): HostTensor {
  const { dtype, read } = elementTypes[type];
  return { shape, dtype, data: read(new Uint8Array(bytes).buffer) } as HostTensor;
}
