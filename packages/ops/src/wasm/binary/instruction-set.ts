import { importNode, inNode } from '../threads/platform.ts';

/**
 * Which of the shipped builds runs: plain 128-bit SIMD, relaxed SIMD with its fused multiply-add, or the latter laid out for V8 to join pairs of
 * vectors into 256 bits.
 */
export type InstructionSet = 'simd' | 'relaxedSimd' | 'wide';

// One function () -> v128; the bodies splat a zero, the second one feeds three of them to f32x4.relaxed_madd.
const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0];
const zero = [0x41, 0, 0xfd, 0x0f];
const relaxed = Uint8Array.from([...header, 10, 19, 1, 17, 0, ...zero, ...zero, ...zero, 0xfd, 0x85, 2, 0x0b]);
const probes: Record<InstructionSet, Uint8Array<ArrayBuffer>> = {
  simd: Uint8Array.from([...header, 10, 8, 1, 6, 0, ...zero, 0x0b]),
  relaxedSimd: relaxed,
  wide: relaxed,
};

/** Whether this engine compiles the instruction set, asked with a tiny module. */
export const supports = (set: InstructionSet): boolean =>
  typeof WebAssembly !== 'undefined' && set in probes && WebAssembly.validate(probes[set]);

interface V8 {
  setFlagsFromString(flags: string): void;
}

/** Node 20 knows relaxed SIMD behind a flag, which may be set until a module is compiled with it. */
export async function enableRelaxedSimd(): Promise<void> {
  if (supports('relaxedSimd') || !inNode()) return;
  const v8 = await importNode<V8>('node:v8');
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** First Node whose V8 joins multiply-adds, not loads and additions alone. */
const joins = 24;

/** Why this engine cannot join vectors into 256 bits; undefined if it may. */
export function obstacleToWide(): string | undefined {
  if (!inNode()) return 'only Node lets a program ask V8 for it';
  const { arch, platform, versions } = process;
  if (Number.parseInt(versions.node, 10) < joins || !versions.v8)
    return `Node ${joins} or later joins vectors, this is ${versions.node}`;
  if (arch !== 'x64' || platform === 'darwin')
    return `V8 joins vectors on x64 with Linux or Windows, this is ${platform} ${arch}`;
  return undefined;
}

/** Has V8 join pairs of vectors in the modules that are compiled from now on, in the whole process. */
export async function enableWide(): Promise<void> {
  const v8 = await importNode<V8>('node:v8');
  v8.setFlagsFromString('--experimental-wasm-revectorize');
}

/** Takes that back for the modules to come. */
export async function disableWide(): Promise<void> {
  const v8 = await importNode<V8>('node:v8');
  v8.setFlagsFromString('--no-experimental-wasm-revectorize');
}
