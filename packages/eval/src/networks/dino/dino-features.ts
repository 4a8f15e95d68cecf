import type { Batch } from '@diptych/core';
import { checkOptions, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureNetwork } from '../feature-network.ts';
import { prepareBatch } from '../protocols/prepare-batch.ts';
import type { Protocol } from '../protocols/protocols.ts';
import { dinoProtocol } from './dino-protocol.ts';
import type { DinoNetwork } from './dino.ts';

/** How images go through the network. */
export interface DinoFeaturesOptions {
  /** Resizing and normalization. Default `dinoProtocol`. */
  protocol?: Protocol;
  /** What its Fréchet distance is called after `FD-`. Default `DINO`. */
  name?: string;
  /** Images at once. Default 16. */
  batchSize?: number;
}

/**
 * DINO's transformer as a feature network: its class token. The distance in it is FD-DINO. It was trained without labels, so
 * its features are not bound to ImageNet's classes as Inception's are.
 *
 * **Shapes** images [B, H, W, 1 or 3] of any size; rows of 384 for ViT-S/16. **Memory** no tensors stay.
 *
 * @throws DiptychError if a batch is not sound
 * @see Stein et al. 2023, Exposing flaws of generative model evaluation metrics, arXiv:2306.04675 (there with DINOv2 ViT-L/14)
 * @example
 * const { line } = await imageFrechetDistance(dinoFeatures(dino(weights)), generated, real); // FD-DINO …
 */
export function dinoFeatures(network: DinoNetwork, options: DinoFeaturesOptions = {}): FeatureNetwork {
  const {
    protocol = dinoProtocol,
    name = 'DINO',
    batchSize = 16,
  } = checkOptions('dinoFeatures', options, { protocol: evalRules.protocol, name: rules.text, batchSize: rules.count });
  checkRule('dinoFeatures', 'network', rules.having('a network, as dinoNetwork makes it', 'run', 'sizes'), network);
  const { width: dims } = network.sizes;
  return {
    name,
    dims,
    protocol: protocol.name,
    async features(images: Batch) {
      const [count, height, width, channels] = images.shape;
      const size = height * width * channels;
      const rows = new Float32Array(count * dims);
      for (let from = 0; from < count; from += batchSize) {
        const some = Math.min(batchSize, count - from);
        const x = images.x.subarray(from * size, (from + some) * size);
        const prepared = prepareBatch(protocol, { x, shape: [some, height, width, channels] });
        const input = tf.tensor4d(prepared, [some, ...protocol.size, 3]);
        const found = network.run(input);
        input.dispose();
        rows.set(await found.data(), from * dims);
        found.dispose();
      }
      return { rows, dims };
    },
  };
}
