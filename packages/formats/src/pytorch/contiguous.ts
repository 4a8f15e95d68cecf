import { describeValue } from '../errors/index.ts';
import { elementTypes } from '../tensors/element-types.ts';
import type { HostTensor } from '../tensors/host-tensor.ts';
import { refuse } from './allowed-globals.ts';
import type { StridedTensor } from './pickle-values.ts';

/** Makes a contiguous tensor of a strided view of the bytes of its storage. */
export function contiguous(tensor: StridedTensor, storage: Uint8Array, path: string): HostTensor {
  const { type, offset, shape, strides } = tensor;
  const { bytes, dtype, read } = elementTypes[type];
  const count = shape.reduce((product, n) => product * n, 1);
  const last = count ? offset + shape.reduce((sum, n, i) => sum + (n - 1) * strides[i], 0) : -1;
  if (!((last + 1) * bytes <= storage.length)) {
    refuse(
      `${describeValue(path)} reaches element ${last} of ${bytes} bytes, but its storage has ${storage.length} bytes`,
    );
  }
  const packed = new Uint8Array(count * bytes);
  if (count) gather(packed, storage, offset * bytes, joined(shape, strides, bytes), bytes);
  return { shape, dtype, data: read(packed.buffer) } as HostTensor;
}

/** One axis: how many, and how many bytes from one to the next. */
interface Axis {
  size: number;
  step: number;
}

/** The axes that matter: without those of size 1, and as one where the outer goes on where the inner ends. */
function joined(shape: readonly number[], strides: readonly number[], bytes: number): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const outer = axes.at(-1);
    const step = strides[i] * bytes;
    if (outer?.step === size * step) Object.assign(outer, { size: outer.size * size, step });
    else axes.push({ size, step });
  });
  return axes;
}

/** Copies elements row by row, the last axis innermost. */
function gather(to: Uint8Array, from: Uint8Array, start: number, axes: Axis[], bytes: number): void {
  const { size, step } = axes.pop() ?? { size: 1, step: bytes };
  const index = axes.map(() => 0);
  const row = size * bytes;
  for (let at = 0, begin = start; at < to.length; at += row) {
    if (step === bytes) to.set(from.subarray(begin, begin + row), at);
    else if (step === 0) repeat(to.subarray(at, at + row), from.subarray(begin, begin + bytes));
    else
      for (let i = 0, source = begin; i < row; i += bytes, source += step)
        for (let b = 0; b < bytes; b++) to[at + i + b] = from[source + b];
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      begin += axes[axis].step;
      if (++index[axis] < axes[axis].size) break;
      begin -= axes[axis].step * axes[axis].size;
      index[axis] = 0;
    }
  }
}

/** Fills a row with one element, doubling what is there. */
function repeat(row: Uint8Array, element: Uint8Array): void {
  row.set(element);
  for (let filled = element.length; filled < row.length; filled *= 2) {
    row.copyWithin(filled, 0, Math.min(filled, row.length - filled));
  }
}
