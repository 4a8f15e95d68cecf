import type { Flame } from './flame.ts';

const products = /MatMul|Linear|Conv|Attention|Einsum/;
const norms = /Norm/;
const softmax = /Softmax/;
const moving =
  /^(Transpose|Concat|Slice|StridedSlice|SplitV|Pad|PadV2|MirrorPad|Tile|Pack|Unpack|Gather|Scatter|Reshape|ExpandDims|Identity|Cast|Reverse|Fill|ZerosLike|OnesLike|Resize|Range|DiptychPack|DiptychUnpack)/;

/** Milliseconds of a training step by kind of work. Softmax inside a fused attention counts as attention. */
export interface Shares {
  total: number;
  'products and attention': number;
  norm: number;
  softmax: number;
  'elementwise and sums': number;
  moving: number;
  update: number;
  outside: number;
}

/** Sums a profile of phases of kernels by kind of work. */
export function shares(root: Flame): Shares {
  const sums: Shares = {
    total: root.time,
    'products and attention': 0,
    norm: 0,
    softmax: 0,
    'elementwise and sums': 0,
    moving: 0,
    update: 0,
    outside: 0,
  };
  for (const phase of root.children) {
    if (phase.name === '(outside)') sums.outside += phase.time;
    else if (phase.name === 'update') sums.update += phase.time;
    else for (const { name, time } of phase.children) sums[kindOf(name)] += time;
  }
  return sums;
}

function kindOf(kernel: string): Exclude<keyof Shares, 'total' | 'update' | 'outside'> {
  if (norms.test(kernel)) return 'norm';
  if (softmax.test(kernel)) return 'softmax';
  if (products.test(kernel)) return 'products and attention';
  return moving.test(kernel) ? 'moving' : 'elementwise and sums';
}
