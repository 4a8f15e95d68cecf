export { agrees, type Agreement } from './agrees.ts';
export { drawn } from './drawn.ts';
export { kernelBuilds } from './kernel-builds.ts';
