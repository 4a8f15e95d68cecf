import { checkCount, checkFinite, checkOptions, rules } from '@diptych/formats/errors';

/**
 * Bits per dimension from a log density in nats: -logDensity/(dimensions ln 2) - log2(binWidth). For 8-bit images scaled to [-1, 1] a value
 * fills a bin of 2/256; the default 1 is the density's own.
 *
 * @throws DiptychError if dimensions is not an integer >= 1, or binWidth not finite and > 0
 * @see Theis et al. 2016, "A note on the evaluation of generative models", section 3.1, arXiv:1511.01844
 * @example
 * bitsPerDimension(logDensity[0], 32 * 32 * 3, { binWidth: 2 / 256 });
 */
export function bitsPerDimension(logDensity: number, dimensions: number, options: { binWidth?: number } = {}): number {
  const { binWidth = 1 } = checkOptions('bitsPerDimension', options, { binWidth: rules.positive });
  checkFinite('bitsPerDimension', { logDensity });
  checkCount('bitsPerDimension', { dimensions });
  return -logDensity / dimensions / Math.LN2 - Math.log2(binWidth);
}
