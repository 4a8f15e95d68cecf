import { check, checkOptions, checkRule, type OptionRules, rules } from '@diptych/formats/errors';

/** What latents are shifted and scaled by, channel by channel; belongs to a model that was trained on them. Plain JSON. */
export interface Normalizer {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Latents with mean 0 and standard deviation 1 in every channel: (x - mean) / std.
 *
 * **Shapes** x: any, channels last.
 *
 * @throws DiptychError if the numbers are no whole pixels of as many channels, or a standard deviation is not above 0.
 * @example
 * const z = normalize(latents, data.normalizer);
 */
export function normalize(x: Float32Array, normalizer: Normalizer): Float32Array {
  const { mean, std } = checked('normalize', x, normalizer);
  return x.map((value, i) => (value - mean[i % mean.length]) / std[i % mean.length]);
}

/**
 * Undoes `normalize`: what a model has drawn, as the autoencoder decodes it.
 *
 * @throws DiptychError as `normalize` does.
 * @example
 * const images = decode(denormalize(samples, normalizer));
 */
export function denormalize(x: Float32Array, normalizer: Normalizer): Float32Array {
  const { mean, std } = checked('denormalize', x, normalizer);
  return x.map((value, i) => value * std[i % mean.length] + mean[i % mean.length]);
}

/** The rules of a normalizer; that its lists are of one length is checked where it is used. */
export const normalizerRules: OptionRules<Normalizer> = {
  mean: rules.required(rules.numbers),
  std: rules.required(rules.numbers),
};

const floats = { words: 'a Float32Array', holds: (value: unknown) => value instanceof Float32Array };

function checked(where: string, x: Float32Array, normalizer: Normalizer): Normalizer {
  checkRule(where, 'x', floats, x);
  const { mean, std } = checkOptions(where, normalizer, normalizerRules, 'normalizer');
  const sound = mean.length > 0 && std.length === mean.length && std.every((s) => s > 0) && mean.every(Number.isFinite);
  check(sound, where, 'normalizer', 'a mean and a standard deviation above 0 per channel', JSON.stringify(normalizer));
  check(x.length % mean.length === 0, where, 'x', `whole pixels of ${mean.length} channels`, `${x.length} numbers`);
  return normalizer;
}
