import type { NetSpecification } from './net.ts';
import { ditSpecification, uvitSpecification } from './transformers.ts';
import { unetSpecification } from './unet.ts';
import { vitSpecification } from './vit.ts';

/** Every network, by name. */
export const specifications: Readonly<Record<string, () => NetSpecification>> = {
  vit: vitSpecification,
  'uvit-s2': uvitSpecification,
  'dit-s2': ditSpecification,
  unet: unetSpecification,
};
