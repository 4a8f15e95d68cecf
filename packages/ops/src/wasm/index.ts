export type { InstructionSet } from './binary/instruction-set.ts';
export type { InstalledWasmKernels, WasmKernelOptions } from './install-wasm-kernels.ts';
export { installWasmKernels } from './install-wasm-kernels.ts';
