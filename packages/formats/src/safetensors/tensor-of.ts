import { describeValue } from '../errors/index.ts';
import { elementTypes } from '../tensors/element-types.ts';
import type { HostTensor } from '../tensors/host-tensor.ts';
import { Unsupported } from '../tensors/unsupported.ts';
import type { TensorEntry } from './parse-header.ts';

/** The tensor of an entry, of a copy of its bytes. */
export function tensorOf({ name, type, shape }: TensorEntry, bytes: Uint8Array, where: string): HostTensor {
  if (!Object.hasOwn(elementTypes, type)) {
    const read = Object.keys(elementTypes).join(', ');
    throw new Unsupported(
      where,
      `${describeValue(name)} has the dtype ${describeValue(type)}; what is read is ${read}`,
    );
  }
  const { dtype, read } = elementTypes[type];
  return { shape, dtype, data: read(new Uint8Array(bytes).buffer) } as HostTensor;
}
