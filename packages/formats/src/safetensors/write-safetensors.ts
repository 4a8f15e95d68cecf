import { check, checkIn, checkRule, describeValue, rules } from '../errors/index.ts';
import type { HostTensor, HostTensors } from '../tensors/host-tensor.ts';
import { elementNames, elementTypes } from '../tensors/element-types.ts';
import { longestName, mostSizes } from '../tensors/limits.ts';

const where = 'writeSafetensors';

/**
 * Writes a safetensors file, larger elements first so that each tensor lies aligned. The same tensors and metadata give the
 * same bytes.
 *
 * **Memory** a new buffer.
 *
 * @param tensors host tensors by name
 * @param metadata strings for the header, as `{ step: '1000' }`
 * @throws DiptychError if a tensor has an unknown dtype, numbers of another type or count than it says, a name that is `__metadata__` or
 * longer than 4096 characters, or if metadata are no strings
 * @see https://huggingface.co/docs/safetensors
 * @example
 * await writeFile('weights.safetensors', writeSafetensors(await stateDict(network), { step: '1000' }));
 */
export function writeSafetensors(
  tensors: HostTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  checkRule(where, 'tensors', rules.record, tensors);
  checkRule(where, 'metadata', rules.record, metadata);
  for (const [name, tensor] of Object.entries(tensors)) checkTensor(name, tensor);
  for (const [key, value] of Object.entries(metadata)) {
    check(typeof value === 'string', where, `metadata ${describeValue(key)}`, 'a string', value);
  }
  const bytesOf = (name: string) => elementTypes[elementNames[tensors[name].dtype]].bytes;
  const names = Object.keys(tensors).sort((a, b) => bytesOf(b) - bytesOf(a) || (a < b ? -1 : 1));
  const header: [string, unknown][] = Object.keys(metadata).length ? [['__metadata__', metadata]] : [];
  let position = 0;
  for (const name of names) {
    const { shape, dtype, data } = tensors[name];
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

function checkTensor(name: string, tensor: HostTensor): void {
  const of = `of ${describeValue(name)}`;
  check(name !== '__metadata__', where, 'name', 'another one than __metadata__', name);
  check(name.length <= longestName, where, 'name', `at most ${longestName} characters long`, name);
  checkRule(where, `tensor ${of}`, rules.object, tensor);
  const { shape, dtype, data } = tensor;
  checkIn(where, { [`dtype ${of}`]: dtype }, Object.keys(elementNames));
  const sizes = Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  check(sizes, where, `shape ${of}`, 'a list of sizes', shape);
  check(shape.length <= mostSizes, where, `shape ${of}`, `at most ${mostSizes} sizes long`, shape);
  const { read } = elementTypes[elementNames[dtype]];
  const Elements = read(new ArrayBuffer(0)).constructor as new () => HostTensor['data'];
  check(data instanceof Elements, where, `data ${of}`, `a ${Elements.name}, as its dtype says`, data);
  const size = shape.reduce((product, n) => product * n, 1);
  check(data.length === size, where, `data ${of}`, `${size} elements, as its shape says`, data.length);
}
