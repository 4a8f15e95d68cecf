import { check } from '../errors/index.ts';
import type { HostTensors } from '../tensors/host-tensor.ts';
import { elementNames, elementTypes } from '../tensors/element-types.ts';

/**
 * Writes a safetensors file, larger elements first so that each tensor lies aligned. The same tensors and metadata give the
 * same bytes.
 *
 * @param tensors host tensors by name
 * @param metadata strings for the header, as `{ step: '1000' }`
 * @throws DiptychError if a tensor has another number of elements than its shape says, or is named `__metadata__`
 * @see https://huggingface.co/docs/safetensors
 * @example
 * await writeFile('weights.safetensors', writeSafetensors(await stateDict(network), { step: '1000' }));
 */
export function writeSafetensors(tensors: HostTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const bytesOf = (name: string) => elementTypes[elementNames[tensors[name].dtype]].bytes;
  const names = Object.keys(tensors).sort((a, b) => bytesOf(b) - bytesOf(a) || (a < b ? -1 : 1));
  const header: [string, unknown][] = Object.keys(metadata).length ? [['__metadata__', metadata]] : [];
  let position = 0;
  for (const name of names) {
    const { shape, dtype, data } = tensors[name];
    const size = shape.reduce((product, n) => product * n, 1);
    check(name !== '__metadata__', 'writeSafetensors', 'name', 'another one than __metadata__', name);
    check(
      data.length === size,
      'writeSafetensors',
      `data of ${name}`,
      `${size} elements, as its shape says`,
      data.length,
    );
    const end = position + data.byteLength;
    header.push([name, { dtype: elementNames[dtype], shape, data_offsets: [position, end] }]);
    position = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + position).fill(0x20, 8, start); // the header is padded with spaces
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  let at = start;
  for (const name of names) {
    const { data } = tensors[name];
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}
