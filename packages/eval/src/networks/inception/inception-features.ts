import type { Batch } from '@diptych/core';
import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import type { ExtraOutput, FeatureNetwork, NetworkOutputs } from '../feature-network.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { clean } from '../protocols/protocols.ts';
import { prepareBatch } from '../protocols/prepare-batch.ts';
import type { Protocol } from '../protocols/protocols.ts';
import { inceptionCheckpoint } from './inception-weights.ts';
import { inceptionDims } from './inception.ts';
import type { Inception, InceptionOutput } from './inception.ts';

/** How images go through the network. */
export interface InceptionFeaturesOptions {
  /** Resizing and normalization. Default `clean`. */
  protocol?: Protocol;
  /** Depth of the features: 64, 192, 768 or 2048. FID means 2048, the default. */
  tap?: 64 | 192 | 768 | 2048;
  /** Images at once, for memory's sake: about 10 MB each. Default 8. */
  batchSize?: number;
}

/**
 * FID's Inception as a feature network, with a named protocol. Its Fréchet distance is called FID only with the published
 * weights and 2,048 features; otherwise it says what it is.
 *
 * **Shapes** images [B, H, W, 1 or 3] of any size. **Units** uint8, or float32 in [-1, 1], which is rounded to 8 bits.
 * **Memory** no tensors stay; the network is the caller's to dispose.
 *
 * @throws DiptychError if a batch is not sound or the protocol is for another size
 * @see inception
 * @example
 * const network = inceptionFeatures(inception(weights), { protocol: legacyTensorFlow });
 */
export function inceptionFeatures(network: Inception, options: InceptionFeaturesOptions = {}): FeatureNetwork {
  const where = 'inceptionFeatures';
  const {
    protocol = clean,
    tap = 2048,
    batchSize = 8,
  } = checkOptions(where, options, {
    protocol: evalRules.protocol,
    tap: rules.oneOf(64, 192, 768, 2048),
    batchSize: rules.count,
  });
  check(protocol.size.join() === '299,299', where, 'protocol', 'one for 299x299', protocol.size);
  checkRule(where, 'network', evalRules.inception, network);
  const known = network.sha256 === inceptionCheckpoint.sha256;
  const name = `inception${tap === 2048 ? '' : `-${tap}`}${known ? '' : ` of weights ${network.sha256.slice(0, 8)}`}`;
  const sources: Record<'features' | ExtraOutput, InceptionOutput> = {
    features: `${tap}`,
    logits: 'unbiasedLogits', // as the first Inception Score and torch-fidelity have it
    spatial: 'spatial',
  };

  async function outputs(images: Batch, wanted: readonly ExtraOutput[]): Promise<NetworkOutputs> {
    const parts = ['features', ...wanted] as const;
    const [count, height, width, channels] = images.shape;
    const rows = Object.fromEntries(
      parts.map((part) => [part, new Float32Array(count * inceptionDims[sources[part]])]),
    ) as Record<(typeof parts)[number], Float32Array>;
    const size = height * width * channels;
    for (let from = 0; from < count; from += batchSize) {
      const some = Math.min(batchSize, count - from);
      const x = images.x.subarray(from * size, (from + some) * size);
      const index = images.index?.subarray(from, from + some);
      const prepared = prepareBatch(protocol, { x, shape: [some, height, width, channels], ...(index && { index }) });
      const input = tf.tensor4d(prepared, [some, 299, 299, 3]);
      const found = network.run(
        input,
        parts.map((part) => sources[part]),
      );
      input.dispose();
      for (const part of parts) {
        rows[part].set(await found[sources[part]].data(), from * inceptionDims[sources[part]]);
      }
      for (const tensor of Object.values(found)) tensor.dispose();
    }
    const asRows = (part: (typeof parts)[number]): FeatureRows => ({
      rows: rows[part],
      dims: inceptionDims[sources[part]],
    });
    return Object.fromEntries(parts.map((part) => [part, asRows(part)])) as NetworkOutputs;
  }

  return {
    name,
    dims: tap,
    protocol: protocol.name,
    metric: known && tap === 2048 ? 'FID' : `FD-${name}`,
    features: async (images) => (await outputs(images, [])).features,
    outputs,
  };
}
