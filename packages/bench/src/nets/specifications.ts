import { edm2Specification } from './edm2.ts';
import type { NetSpecification } from './net.ts';
import { ditSpecification, uvitSpecification } from './transformers.ts';
import { ddpmUNet } from './unet-shape.ts';
import { unetSpecification } from './unet.ts';
import { vitSpecification } from './vit.ts';

/** Every network, by name. */
export const specifications: Readonly<Record<string, () => NetSpecification>> = {
  vit: vitSpecification,
  'uvit-s2': uvitSpecification,
  'dit-s2': ditSpecification,
  unet: unetSpecification,
  'unet-16': () => unetSpecification({ ...ddpmUNet, batch: 16 }),
  'edm2-xs': edm2Specification,
};
