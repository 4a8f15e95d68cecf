/** Which of the shipped builds runs: plain 128-bit SIMD, or relaxed SIMD with its fused multiply-add. */
export type InstructionSet = 'simd' | 'relaxedSimd';

// One function () -> v128; the bodies splat a zero, the second one feeds three of them to f32x4.relaxed_madd.
const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0];
const zero = [0x41, 0, 0xfd, 0x0f];
const probes: Record<InstructionSet, Uint8Array<ArrayBuffer>> = {
  simd: Uint8Array.from([...header, 10, 8, 1, 6, 0, ...zero, 0x0b]),
  relaxedSimd: Uint8Array.from([...header, 10, 19, 1, 17, 0, ...zero, ...zero, ...zero, 0xfd, 0x85, 2, 0x0b]),
};

/** Whether this engine compiles the instruction set, asked with a tiny module. */
export const supports = (set: InstructionSet): boolean =>
  typeof WebAssembly !== 'undefined' && set in probes && WebAssembly.validate(probes[set]);

/** Node 20 knows relaxed SIMD behind a flag, which may be set until a module is compiled with it. */
export async function enableRelaxedSimd(): Promise<void> {
  if (supports('relaxedSimd') || typeof process === 'undefined' || !process.versions?.node) return;
  // A name in a variable: bundlers for the browser leave the import alone.
  const name = 'node:v8';
  const v8 = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as {
    setFlagsFromString(flags: string): void;
  };
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
}
