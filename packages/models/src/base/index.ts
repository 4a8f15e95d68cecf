export { Block, LastAxisBlock, type AnyBlock } from './block.ts';
export { type Initializer, constantInit, normalInit, uniformInit, xavierInit } from './initialization.ts';
export { totalMacs } from './macs.ts';
export { NetworkBlock } from './network-block.ts';
export type { BlockOptions, ParameterSpec } from './weight-tree.ts';
