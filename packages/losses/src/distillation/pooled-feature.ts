import type { Network } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { meanPool } from '@diptych/ops';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/** A tap as one vector per sample: the network's own readout, or the mean over everything between batch and channels. */
export function pooledFeature(network: Network, tap: string, features: Readonly<Record<string, Tensor>>): Tensor2D {
  const feature = features[tap];
  check(feature, 'pooledFeature', 'tap', `one of the features made (${Object.keys(features).join(', ')})`, tap);
  return network.readout ? network.readout(tap, feature) : meanPool(feature);
}
