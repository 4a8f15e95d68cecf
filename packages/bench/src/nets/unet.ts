import { UNet, unetPresets } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import { netOf, type NetSpecification } from './net.ts';
import { ddpmUNet, unetFlop, type UNetShape } from './unet-shape.ts';

/** The DDPM UNet of `@diptych/models`, with 32 groups in its last norm too and without dropout, as its peers have it. */
export function unetSpecification(shape: UNetShape = ddpmUNet): NetSpecification {
  const { batch, image, base: width, multipliers, blocks, attention } = shape;
  return {
    name: 'unet',
    note: `DDPM UNet for CIFAR-10, 35.7 M parameters, batch ${batch}`,
    flop: unetFlop(shape),
    peer: { kind: 'unet', ...shape },
    build() {
      const size = { image, width, multipliers, blocks, attention, finalGroups: 32, dropout: 0 };
      const network = new UNet({ ...unetPresets.ddpm, ...size, seed: 1 });
      return netOf(network, { noise: tf.range(1, batch + 1) }, [batch, ...image]);
    },
  };
}
