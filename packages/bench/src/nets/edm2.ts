import { Edm2UNet, edm2Presets, totalMacs } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import { netOf, type NetSpecification } from './net.ts';

/** Sizes of an EDM2 UNet. */
export interface Edm2Shape {
  image: readonly [number, number, number];
  width: number;
  classes: number;
  batch: number;
}

/** EDM2-XS on latents 64x64x4 with 1000 classes. @see Karras et al. 2024, arXiv:2312.02696, table 6 */
export const edm2Xs: Edm2Shape = { image: [64, 64, 4], width: edm2Presets['img512-xs'].width, classes: 1000, batch: 1 };

/** The UNet of EDM2 without the head of its uncertainty, 124.7 M parameters. */
export function edm2Specification(shape: Edm2Shape = edm2Xs): NetSpecification {
  const { image, batch, width, classes } = shape;
  return {
    name: 'edm2-xs',
    note: `EDM2-XS on latents 64x64x4: 124.7 M parameters, batch ${batch}`,
    flop: 2 * batch * totalMacs(new Edm2UNet({ image, width, classes })),
    peer: { kind: 'edm2', ...shape },
    build() {
      const network = new Edm2UNet({ image, width, classes, seed: 1 });
      // Its gain begins at zero, which would leave every gradient but its own at zero.
      tf.tidy(() => network.variables().outGain.assign(tf.scalar(1)));
      const noise = tf.tensor1d(Array.from({ length: batch }, (_, i) => (i + 1) / (batch + 1)));
      const label = tf.range(0, batch, 1, 'int32') as tf.Tensor1D;
      return netOf(network, { noise, label }, [batch, ...image]);
    },
  };
}
