import { checkOptions, rules } from '@diptych/formats/errors';
import type { Diffusion } from '../contracts/diffusion.ts';
import { logNormal } from '../training/quantiles/log-normal.ts';

export interface EdmOptions {
  /** sigma_data: standard deviation of the data. Default 0.5. */
  sigmaData?: number;
  /** P_mean: mean of ln sigma in training. Default -1.2. */
  pMean?: number;
  /** P_std: standard deviation of ln sigma in training. Default 1.2. */
  pStd?: number;
}

/**
 * The process of EDM: with s = sigma and d = sigma_data,
 *
 *     c_skip = d^2 / (s^2 + d^2)         c_out = s d / sqrt(s^2 + d^2)
 *     c_in   = 1 / sqrt(s^2 + d^2)       c_noise = ln(s) / 4
 *     ln s ~ N(P_mean, P_std^2)          lambda = (s^2 + d^2) / (s d)^2
 *
 * so that the network sees and predicts unit variance, and lambda c_out^2 = 1.
 *
 * **Units** those of the data; the defaults suit images in [-1, 1].
 *
 * @throws DiptychError if sigmaData or pStd is not finite and > 0, or pMean not finite
 * @see Karras et al. 2022, "Elucidating the design space of diffusion-based generative models", table 1, arXiv:2206.00364
 * @example
 * const diffusion = edm({ sigmaData: 0.7 });
 */
export function edm(options: EdmOptions = {}): Diffusion {
  const {
    sigmaData = 0.5,
    pMean = -1.2,
    pStd = 1.2,
  } = checkOptions('edm', options, { sigmaData: rules.positive, pMean: rules.finite, pStd: rules.positive });
  return {
    name: 'edm',
    sigmaData,
    precondition(sigma) {
      const total = sigma ** 2 + sigmaData ** 2;
      return {
        cSkip: sigmaData ** 2 / total,
        cOut: (sigma * sigmaData) / Math.sqrt(total),
        cIn: 1 / Math.sqrt(total),
        cNoise: Math.log(sigma) / 4,
      };
    },
    sigmaQuantile: logNormal({ mean: pMean, std: pStd }),
    weight: (sigma) => (sigma ** 2 + sigmaData ** 2) / (sigma * sigmaData) ** 2,
  };
}
