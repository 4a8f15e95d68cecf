import { foldIn, uniformArray } from '@diptych/core';
import { checkKey } from '@diptych/core/random';
import { normalQuantile } from '@diptych/core/numeric';
import type { Batch, Key } from '@diptych/core';
import { check, checkOptions, type OptionRules, rules } from '@diptych/formats/errors';
import { checkBatch } from '../../dataset/check-batch.ts';
import { bytesToSigned } from '../../images/pixels.ts';
import { augmentationLabels, cifarAugmentationOps } from './augmentation-ops.ts';
import type { AugmentationDraws, AugmentationOps } from './augmentation-ops.ts';
import { movePixels } from './move-pixels.ts';
import { planAugmentation } from './plan-augmentation.ts';
import { resample } from './resample.ts';

/** Which operations, how often. */
export interface EdmAugmentationOptions {
  /** An operation of multiplier 1 happens to an image with this probability. Default 0.12, EDM's for CIFAR-10. */
  probability?: number;
  /** Default: the CIFAR-10 set. */
  ops?: AugmentationOps;
}

/** Augments batches and says what it did. */
export interface Augmentation {
  /** Numbers per image in `batch.augmentation`: the width of the network's augmentation input. */
  readonly dims: number;
  /** Changed copies of the images, float32, with `augmentation` filled in. Image i depends on the key and i alone. */
  apply(batch: Batch, key: Key): Batch;
}

const opsRules = Object.fromEntries(
  Object.keys(augmentationLabels).map((name) => [name, rules.nonNegative]),
) as unknown as OptionRules<AugmentationOps>;

/**
 * EDM's non-leaky augmentation: mirrors, shifts, turns, zooms and stretches images, and tells the network what was done, so
 * that at sampling time it can be told "nothing" (all zeros) and draws upright images.
 *
 * Every image is resampled with a border of its own: the official code shares one border per batch, which moves pixels by up
 * to 4e-5. Images with nothing to resample are not filtered.
 *
 * **Shapes** `augmentation` [B, dims]; 9 for the CIFAR-10 set. **Units** float32 in [-1, 1], or uint8, which becomes float.
 *
 * @throws DiptychError if the probability is not in [0, 1], a multiplier is not finite or below 0, the set is empty, a batch is not sound, or `rotateInt` meets
 * images that are not square.
 * @see Karras et al. 2022, Elucidating the design space of diffusion-based generative models, appendix F.2
 * @example
 * const augmentation = edmAugmentation({ probability: 0.12 });
 * const stream = mapBatches(batches(data, { batchSize: 64, key: a }), (batch, step) => augmentation.apply(batch, foldIn(b, step)));
 */
export function edmAugmentation(options: EdmAugmentationOptions = {}): Augmentation {
  const where = 'edmAugmentation';
  const { probability = 0.12, ops = cifarAugmentationOps } = checkOptions(where, options, {
    probability: rules.share,
    ops: rules.record,
  });
  checkOptions(where, ops, opsRules, 'ops');
  const names = (Object.keys(augmentationLabels) as (keyof AugmentationOps)[]).filter(
    (name) => ops[name] !== undefined,
  );
  check(names.length > 0, where, 'ops', 'at least one operation', ops);
  const dims = names.reduce((sum, name) => sum + augmentationLabels[name], 0);

  const apply = (batch: Batch, key: Key): Batch => {
    checkBatch(batch, { where });
    checkKey(where, key);
    const [count, height, width, channels] = batch.shape;
    check(!ops.rotateInt || height === width, where, 'batch.shape', 'square for rotateInt', batch.shape);
    const size = height * width * channels;
    const x = batch.x instanceof Uint8Array ? bytesToSigned(batch.x) : batch.x.slice();
    const augmentation = new Float32Array(count * dims);
    for (let i = 0; i < count; i++) {
      const draws = drawAugmentation(names, foldIn(key, i));
      const plan = planAugmentation(draws, ops, probability, [height, width]);
      let image = movePixels(x.subarray(i * size, (i + 1) * size), [height, width, channels], plan);
      if (!isIdentity(plan.matrix)) image = resample(image, [height, width, channels], plan.matrix);
      x.set(image, i * size);
      augmentation.set(plan.labels, i * dims);
    }
    return { ...batch, x, augmentation };
  };
  return { dims, apply };
}

/** Every operation has its own numbers under the key, so that one more in the set does not change the others. */
function drawAugmentation(names: readonly (keyof AugmentationOps)[], key: Key): AugmentationDraws {
  const draws: AugmentationDraws = {};
  for (const name of names) {
    const position = Object.keys(augmentationLabels).indexOf(name);
    const [gate, a, b, c] = uniformArray(foldIn(key, position), 4);
    if (name === 'xflip' || name === 'yflip') draws[name] = { gate, value: Math.floor(2 * a) };
    else if (name === 'rotateInt') draws[name] = { gate, value: Math.floor(4 * a) };
    else if (name === 'translateInt') draws[name] = { gate, uniform: [a, b] };
    else if (name === 'scale') draws[name] = { gate, gaussian: normalQuantile(a) };
    else if (name === 'rotateFrac') draws[name] = { gate, uniform: a };
    else if (name === 'aniso') draws[name] = { gate, gaussian: normalQuantile(a), uniform: b, rotateGate: c };
    else draws[name] = { gate, gaussian: [normalQuantile(a), normalQuantile(b)] };
  }
  return draws;
}

function isIdentity(matrix: readonly number[]): boolean {
  return [1, 0, 0, 0, 1, 0].every((value, i) => value === matrix[i]);
}
