import type { WasmKernel } from '../wasm-kernel.ts';
import { activations } from './activations.ts';
import { adamW } from './adam-w.ts';
import { arithmetic } from './arithmetic.ts';
import { attentions } from './attention.ts';
import { batchMatMul } from './batch-mat-mul.ts';
import { convolutions } from './convolution.ts';
import { crossEntropies } from './cross-entropy.ts';
import { depthwiseConvolutions } from './depthwise-convolution.ts';
import { elementary } from './elementary.ts';
import { ema } from './ema.ts';
import { fusedMatMul } from './fused-mat-mul.ts';
import { groupNorm } from './group-norm.ts';
import { identity } from './identity.ts';
import { layerNorm } from './layer-norm.ts';
import { linears } from './linear.ts';
import { modulation } from './modulation.ts';
import { movement } from './movement.ts';
import { normals } from './normals.ts';
import { reductions } from './reductions.ts';
import { resizeNearestNeighborGrad } from './resize.ts';
import { rmsNorm } from './rms-norm.ts';
import { swiGlu } from './swi-glu.ts';
import { transpose } from './transpose.ts';

/** Every kernel that `installWasmKernels` puts in place. */
export const allKernels: readonly WasmKernel[] = [
  batchMatMul,
  fusedMatMul,
  transpose,
  identity,
  ...linears,
  ...activations,
  ...layerNorm,
  ...rmsNorm,
  ...groupNorm,
  ...modulation,
  ...swiGlu,
  ...attentions,
  ...convolutions,
  ...depthwiseConvolutions,
  ...reductions,
  ...arithmetic,
  ...elementary,
  ...crossEntropies,
  ...movement,
  adamW,
  ema,
  normals,
  resizeNearestNeighborGrad,
];
