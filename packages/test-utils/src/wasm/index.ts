export { agrees, type Agreement } from './agrees.ts';
export { drawn } from './drawn.ts';
export { guardOutputs } from './guard-outputs.ts';
export { guardScratch } from './guard-scratch.ts';
export { kernelBuilds } from './kernel-builds.ts';
