import { checkOptions, rules } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import { imageFrechetDistance } from '../frechet/image-frechet-distance.ts';
import type { FrechetReport } from '../frechet/image-frechet-distance.ts';
import { inceptionFeatures } from '../../networks/inception/inception-features.ts';
import type { Inception } from '../../networks/inception/inception.ts';
import { clean } from '../../networks/protocols/protocols.ts';
import type { Protocol } from '../../networks/protocols/protocols.ts';
import type { ImageSet } from './image-set.ts';

/** What is compared and how. */
export interface FidOptions {
  generated: ImageSet;
  /** Real images, or their statistics by the same protocol. */
  real: ImageSet;
  network: Inception;
  /** Default `clean`. */
  protocol?: Protocol;
}

/**
 * FID: the Fréchet distance in the features of FID's own Inception, by a named protocol. Figures by different protocols or of
 * different numbers of images cannot be compared; the line of the result says both.
 *
 * **Memory** that of the network and of moments, whatever the number of images.
 *
 * @throws DiptychError if a set has fewer than 2 images or is not sound
 * @see Heusel et al. 2017, GANs trained by a two time-scale update rule, eq. 6, arXiv:1706.08500
 * @example
 * const { line } = await fid({ generated, real: momentsFromNpz(bytes), network: inception(weights), protocol: clean });
 */
export async function fid(options: FidOptions): Promise<FrechetReport> {
  const {
    generated,
    real,
    network,
    protocol = clean,
  } = checkOptions('fid', options, {
    generated: rules.required(evalRules.images),
    real: rules.required(evalRules.images),
    network: rules.required(evalRules.inception),
    protocol: evalRules.protocol,
  });
  return imageFrechetDistance(inceptionFeatures(network, { protocol }), generated, real);
}
