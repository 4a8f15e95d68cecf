export { agrees, type Agreement } from './agrees.ts';
export { drawn } from './drawn.ts';
