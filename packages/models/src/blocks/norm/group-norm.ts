import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { groupNorm } from '@diptych/ops';
import { checkBlockOptions } from '../../base/check-options.ts';
import { needed } from '../../base/option-rules.ts';
import { LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { constantInit } from '../../base/initialization.ts';

/** Options of `groupsFor`. */
export interface GroupsForOptions {
  /** Never more groups than this. Default 32. */
  most?: number;
  /** At least so many channels in each group, as far as there are. Default 4. */
  channelsPerGroup?: number;
}

/**
 * How many groups EDM's networks normalise `channels` channels in: min(32, floor(channels / 4)), and 1 for fewer channels than 4.
 *
 * @throws DiptychError if a number is not a positive integer
 * @see Karras et al. 2022, arXiv:2206.00364: the groups of its DDPM++, NCSN++ and ADM networks
 * @example
 * groupsFor(96); // 24
 */
export function groupsFor(channels: number, options: GroupsForOptions = {}): number {
  checkCount('groupsFor', { channels });
  const known = { most: rules.count, channelsPerGroup: rules.count };
  const { most = 32, channelsPerGroup = 4 } = checkOptions('groupsFor', options, known);
  return Math.max(1, Math.min(most, Math.floor(channels / channelsPerGroup)));
}

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends BlockOptions {
  /** Number of channels. */
  width: number;
  /** Into how many groups of neighbours the channels are divided. Default `groupsFor(width)`. */
  groups?: number;
  /** Added to the variance. Default 1e-5; EDM's DDPM++ has 1e-6. */
  epsilon?: number;
  /** Whether there are a gain `gamma` and a shift `beta`. Default true. */
  affine?: boolean;
}

/**
 * Group normalisation: gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance over all places of one sample and the
 * channels of one group.
 *
 * **Shapes** [B, ..., width] -> the same.
 *
 * @throws DiptychError if the groups do not divide the width, or the last axis of x is not `width`
 * @see Wu and He 2018, arXiv:1803.08494, eq. 1 to 4
 * @example
 * const y = new GroupNorm({ width: 64 }).forward(tf.randomNormal([2, 8, 8, 64])); // 16 groups
 */
export class GroupNorm extends LastAxisBlock {
  static className = 'DiptychGroupNorm';
  readonly #width: number;
  readonly #groups: number;
  readonly #epsilon: number;
  readonly #affine: boolean;

  constructor(options: GroupNormOptions) {
    super(
      checkBlockOptions<GroupNormOptions>('GroupNorm', options, {
        width: needed(rules.count),
        groups: rules.count,
        epsilon: rules.positive,
        affine: rules.flag,
      }),
    );
    const { width, epsilon = 1e-5, affine = true } = options;
    const { groups = groupsFor(width) } = options;
    const whole = Number.isInteger(groups) && groups > 0 && width % groups === 0;
    check(whole, 'GroupNorm', 'groups', `a divisor of the ${width} channels`, groups);
    this.#width = width;
    this.#groups = groups;
    this.#epsilon = epsilon;
    this.#affine = affine;
    if (!affine) return;
    this.declare('gamma', [width], constantInit(1));
    this.declare('beta', [width], constantInit(0));
  }

  protected override compute(x: Tensor): Tensor {
    const fits = x.rank >= 2 && x.shape[x.rank - 1] === this.#width;
    check(fits, 'GroupNorm', 'x', `of shape [B, ..., ${this.#width}]`, x);
    const [gamma, beta] = this.#affine
      ? [this.parameter<Tensor1D>('gamma'), this.parameter<Tensor1D>('beta')]
      : [null, null];
    return groupNorm(x, gamma, beta, { groups: this.#groups, epsilon: this.#epsilon });
  }
}
