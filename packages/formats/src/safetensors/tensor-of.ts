import { describeValue } from '../errors/index.ts';
import { elementTypes, type ElementType } from '../tensors/element-types.ts';
import type { HostTensor } from '../tensors/host-tensor.ts';
import { Unsupported } from '../tensors/unsupported.ts';
import type { TensorEntry } from './parse-header.ts';

/** The tensor of an entry, of a copy of its bytes. */
export function tensorOf(entry: TensorEntry, bytes: Uint8Array, where: string): HostTensor {
  const { dtype, read } = elementTypeOf(entry, where);
  return { shape: entry.shape, dtype, data: read(new Uint8Array(bytes).buffer) } as HostTensor;
}

/** How the elements of an entry are read; refuses types that are listed, but not read. */
export function elementTypeOf({ name, type }: TensorEntry, where: string): ElementType {
  if (Object.hasOwn(elementTypes, type)) return elementTypes[type];
  const read = Object.keys(elementTypes).join(', ');
  throw new Unsupported(where, `${describeValue(name)} has the dtype ${describeValue(type)}; what is read is ${read}`);
}
