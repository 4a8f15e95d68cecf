/** Files of torch.save, written by hand: pickles are text in which every letter is an operation or a byte. */

/** A zip of stored entries, as torch.save writes it. */
export function zip(entries: Record<string, Uint8Array>, { method = 0, flags = 0 } = {}): Uint8Array {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const add = (list: Uint8Array[], size: number, fill: (view: DataView) => void, ...rest: Uint8Array[]) => {
    const head = new Uint8Array(size);
    fill(new DataView(head.buffer));
    list.push(head, ...rest);
    return size + rest.reduce((sum, { length }) => sum + length, 0);
  };
  for (const [name, data] of Object.entries(entries)) {
    const label = new TextEncoder().encode(name);
    const header = at;
    at += add(
      chunks,
      30,
      (v) => {
        v.setUint32(0, 0x04034b50, true);
        v.setUint16(26, label.length, true);
      },
      label,
      data,
    );
    add(
      directory,
      46,
      (v) => {
        v.setUint32(0, 0x02014b50, true);
        v.setUint16(8, flags, true);
        v.setUint16(10, method, true);
        v.setUint32(20, data.length, true);
        v.setUint32(24, data.length, true);
        v.setUint16(28, label.length, true);
        v.setUint32(42, header, true);
      },
      label,
    );
  }
  add(directory, 22, (v) => {
    v.setUint32(0, 0x06054b50, true);
    v.setUint16(10, Object.keys(entries).length, true);
    v.setUint32(16, at, true);
  });
  return Uint8Array.from([...chunks, ...directory].flatMap((chunk) => [...chunk]));
}

export const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
export const word = (value: number) => String.fromCharCode(...[0, 8, 16, 24].map((shift) => (value >>> shift) & 255));
export const string = (text: string) => `X${word(text.length)}${text}`;
export const checkpoint = (pickle: string, more: Record<string, Uint8Array> = {}) =>
  zip({ 'x/data.pkl': ascii(`\x80\x02${pickle}.`), 'x/data/0': new Uint8Array(8), ...more });

/** The pickle of one float tensor. */
export const tensor = ({
  type = 'FloatStorage',
  count = 2,
  offset = 0,
  shape = [2],
  stride = [1],
  key: name = '0',
} = {}) => {
  const tuple = (sizes: number[]) => `(${sizes.map((n) => `J${word(n)}`).join('')}t`;
  const id = `(${string('storage')}ctorch\n${type}\n${string(name)}${string('cpu')}J${word(count)}tQ`;
  return `ctorch._utils\n_rebuild_tensor_v2\n(${id}J${word(offset)}${tuple(shape)}${tuple(stride)}\x89}tR`;
};

/** A checkpoint that is one tensor of floats. */
export function checkpointOf(numbers: Float32Array): Uint8Array {
  const data = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return checkpoint(`](${tensor({ count: numbers.length, shape: [numbers.length] })}e`, { 'x/data/0': data });
}
