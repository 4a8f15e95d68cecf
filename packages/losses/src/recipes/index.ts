export { dino, type DinoOptions } from './dino.ts';
export { mocoV3, type MocoV3Options } from './moco-v3.ts';
export { simClr, type SimClrOptions } from './sim-clr.ts';
