import type { KernelExports } from '../kernel-exports.ts';

/** Sizes that have whole tiles and what hangs over, in every kernel that the wide build lays out in another way. */
const [m, n, k, heads] = [67, 75, 64, 32];

/** Numbers of one operand, more than any kernel here reads. */
const room = 8192;

/** Every kind of kernel once on the same numbers, in a memory of its own: to compare builds by their bits and their times. */
export class Trial {
  readonly #memory: WebAssembly.Memory;
  readonly #runs: [name: string, length: number, run: (to: number) => void][];

  constructor(memory: WebAssembly.Memory, kernels: KernelExports) {
    this.#memory = memory;
    const place = (operand: number) => 4 * room * operand + 1024;
    const [a, b, c, d, e, plan] = [0, 1, 2, 3, 4, 5].map(place);
    const scratch = place(16);
    const floats = new Float32Array(memory.buffer, 1024, 5 * room);
    for (let i = 0; i < floats.length; i++) floats[i] = Math.sin(i * 12.9898) * 1.5;
    // An image of 8 x 8 with 16 channels, a window of 3 x 3.
    new Int32Array(memory.buffer, plan, 22).set([1, 8, 8, 16, 8, 8, 3, 3, 1, 1, -1, -1, 1, 1, 1, 1, 1, 1, 0, 0, 8, 8]);
    const panels = scratch + 4 * room;
    const head = [a, 4 * heads, b, 4 * heads, c, 4 * heads];
    this.#runs = [
      [
        'matmul',
        m * n,
        (to) => kernels.matmul(1, m, n, k, a, 0, 4 * k, 4, b, 0, 4 * n, 4, to, 0, 4 * n, d, 2, scratch),
      ],
      ['gelu', 1001, (to) => kernels.gelu(1001, a, to)],
      ['geluGrad', 1001, (to) => kernels.geluGrad(1001, a, b, to)],
      ['layerNorm', 5 * 130, (to) => kernels.layerNorm(5, 130, 1e-5, a, b, c, to, scratch, scratch + 64)],
      ['groupNorm', 1280, (to) => kernels.groupNorm(2, 32, 20, 5, 1e-5, a, b, c, to, scratch, scratch + 64, panels)],
      ['adamW', 1001, (to) => kernels.adamW(1001, 0.1, 0.01, 1e-3, 1e-8, 1, 0, a, b, c, d, to, scratch, panels)],
      [
        'attention',
        65 * heads,
        (to) => kernels.attention(65, 65, heads, heads, 0.2, ...head, to, 4 * heads, scratch, panels),
      ],
      [
        'attentionGrad',
        65 * heads,
        (to) => {
          const gradients = [to, 4 * heads, panels, 4 * heads, panels + 4 * room, 4 * heads];
          kernels.attentionGrad(
            65,
            65,
            heads,
            heads,
            0.2,
            ...head,
            d,
            4 * heads,
            e,
            4 * heads,
            c,
            ...gradients,
            panels + 8 * room,
          );
        },
      ],
      [
        'convolve',
        64 * 20,
        (to) => {
          kernels.packKernel(20, 3, 3, 16, b, 3 * 16 * 80, 16 * 80, 80, 4, panels);
          kernels.convolve(plan, 0, 64, 20, a, panels, 0, to, panels + 8 * room);
        },
      ],
    ];
  }

  /** The work that is timed: a product and attention. */
  once(): void {
    const to = this.#to;
    for (let i = 0; i < 4; i++) this.#runs[0][2](to);
    this.#runs[6][2](to);
  }

  /** The bits of all results. */
  results(): Record<string, Uint32Array> {
    const bits: Record<string, Uint32Array> = {};
    for (const [name, length, run] of this.#runs) {
      // Often enough for the optimising compiler to have taken notice of each of them.
      for (let i = 0; i < 20; i++) run(this.#to);
      bits[name] = new Uint32Array(this.#memory.buffer, this.#to, length).slice();
    }
    return bits;
  }

  get #to(): number {
    return 4 * room * 6 + 1024;
  }
}
