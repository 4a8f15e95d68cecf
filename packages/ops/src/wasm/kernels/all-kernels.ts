import type { WasmKernel } from '../wasm-kernel.ts';
import { batchMatMul } from './batch-mat-mul.ts';
import { fusedMatMul } from './fused-mat-mul.ts';
import { transpose } from './transpose.ts';

/** Every kernel that `installWasmKernels` puts in place. */
export const allKernels: readonly WasmKernel[] = [batchMatMul, fusedMatMul, transpose];
