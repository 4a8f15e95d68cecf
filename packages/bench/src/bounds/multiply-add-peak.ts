import { stopwatch } from '../clock.ts';

/** What one core can do at most with 128-bit vectors. */
export interface MultiplyAddPeak {
  readonly instruction: 'fused multiply-adds' | 'multiplications and additions';
  readonly gflops: number;
}

/** As many as a core needs to keep two units of latency 4 to 5 busy, and few enough for 16 registers. */
const chains = 12;

/**
 * GFLOP/s of multiply-adds that never leave the registers: 12 independent sums of 4 lanes in a loop of WASM. No kernel on 128-bit vectors
 * is faster, whatever its memory does. Fused where the engine has relaxed SIMD (Node 20 has it once `installWasmKernels` has run).
 */
export function multiplyAddPeak(repeat: number): MultiplyAddPeak {
  const fused = WebAssembly.validate(code(true));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code(fused)));
  const loop = exports.loop as (rounds: number) => number;
  const rounds = 2e6;
  let seconds = Infinity;
  // The first call may run before the optimising compiler is done.
  for (let i = 0; i < 3 + 2 * repeat; i++) {
    const elapsed = stopwatch();
    loop(rounds);
    seconds = Math.min(seconds, elapsed());
  }
  return {
    instruction: fused ? 'fused multiply-adds' : 'multiplications and additions',
    gflops: (rounds * chains * 4 * 2) / seconds / 1e9,
  };
}

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;
const simd = 0xfd;

/** A module with `loop(rounds: i32): f32`. @see https://webassembly.github.io/spec/core/binary */
function code(fused: boolean): Uint8Array<ArrayBuffer> {
  const [x, first] = [1, 2];
  const sums = Array.from({ length: chains }, (_, i) => first + i);
  const splat = (value: number, to: number) => [...f32Const(value), simd, 0x13, 0x21, to];
  const multiplyAdd = (sum: number) =>
    fused
      ? [0x20, x, 0x20, x, 0x20, sum, simd, 0x85, 0x02, 0x21, sum] // sum = x x + sum
      : [0x20, x, 0x20, x, simd, 0xe6, 0x01, 0x20, sum, simd, 0xe4, 0x01, 0x21, sum];
  const body = [
    ...[1, chains + 1, v128],
    ...splat(0.5, x),
    ...sums.flatMap((sum) => splat(sum, sum)),
    ...[0x03, 0x40], // loop
    ...sums.flatMap(multiplyAdd),
    ...[0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b], // rounds -= 1, again while it is not 0
    ...[0x20, first],
    ...sums.slice(1).flatMap((sum) => [0x20, sum, simd, 0xe4, 0x01]),
    ...[simd, 0x1f, 0, 0x0b], // a lane of their sum
  ];
  const name = [...new TextEncoder().encode('loop')];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, i32, 1, f32]),
    ...section(3, [1, 0]),
    ...section(7, [1, name.length, ...name, 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];

const f32Const = (value: number) => [0x43, ...new Uint8Array(new Float32Array([value]).buffer)];

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
