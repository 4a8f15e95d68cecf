import { checkRule, checkShape, checkTensor, rules } from '@diptych/formats/errors';
import { meanPool } from '@diptych/ops';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Network } from '../contracts/network.ts';
import { checkNetwork } from './check-network.ts';

/**
 * A feature as one vector for each sample: the network's own readout, or the mean over all axes between the first and the last.
 *
 * **Shapes** [B, ..., D] to [B, D]. **Memory** The result is the caller's.
 *
 * @param tap name of the feature, for networks that read their features in different ways
 * @throws DiptychError if the feature has no axis of channels, or the network's readout is not [B, D]
 * @example
 * const { features } = preconditioned(network, diffusion, x, sigmas, { taps: ['mid'] });
 * const vectors = readout(network, 'mid', features.mid); // [B, D]
 */
export function readout(network: Network, tap: string, feature: Tensor): Tensor2D {
  checkNetwork('readout', network);
  checkRule('readout', 'tap', rules.text, tap);
  checkTensor('readout', { feature });
  const read = network.readout?.(tap, feature) ?? meanPool(feature);
  checkShape('readout', { [`the network's readout of ${tap}`]: read }, [feature.shape[0], 'D']);
  return read;
}
