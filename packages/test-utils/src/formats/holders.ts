type HeldBytes = ArrayBufferLike | ArrayBufferView;

/** Every way in which the bytes of a file may lie in memory; `wipe` overwrites them, as a pool does that is used again. */
export const holders: [string, (file: Uint8Array) => { bytes: HeldBytes; wipe(): void }][] = [
  ['a Uint8Array', (file) => held(file.slice(), (all) => all)],
  ['an ArrayBuffer', (file) => held(file.slice(), (all) => all.buffer)],
  ['a part of a larger Uint8Array', (file) => held(padded(file), (all) => all.subarray(5, 5 + file.length))],
  ['a Buffer', (file) => held(Buffer.from(file), (all) => all)],
  ['a Buffer in a pool', (file) => held(Buffer.from(padded(file)), (all) => all.subarray(5, 5 + file.length))],
  ['a DataView', (file) => held(padded(file), (all) => new DataView(all.buffer, 5, file.length))],
  ['a SharedArrayBuffer', (file) => held(shared(file), (all) => all.buffer)],
  ['a part of shared memory', (file) => held(shared(padded(file)), (all) => all.subarray(5, 5 + file.length))],
];

const held = <T extends Uint8Array>(all: T, part: (all: T) => HeldBytes) => ({
  bytes: part(all),
  wipe: () => void all.fill(0xaa),
});
const padded = (file: Uint8Array) => Uint8Array.from([9, 9, 9, 9, 9, ...file, 9, 9, 9]);
function shared(file: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const memory = new Uint8Array(new SharedArrayBuffer(file.length));
  memory.set(file);
  return memory;
}
