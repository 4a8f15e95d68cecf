import { checkOptions, rules } from '@diptych/formats/errors';
import { colorJitter } from './color-jitter.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { grayscale } from './grayscale.ts';
import { compose } from './compose.ts';
import { randomFlip } from './random-flip.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { randomApply } from './random-apply.ts';
import { viewsOfColors } from './views.ts';
import type { Views } from './views.ts';

/** SimCLR's set. */
export interface SimclrViewsOptions {
  /** Height and width of a view. */
  size: number;
  /** Strength of the colour jitter. Default 1; the paper takes 0.5 for CIFAR-10. */
  strength?: number;
  /** Blur half of the views. Default true; the paper leaves it out for CIFAR-10. */
  blur?: boolean;
  /** Smallest share of the image's area. Default 0.08. */
  minScale?: number;
}

/**
 * SimCLR's two views: crop and resize, mirror, colour jitter (with probability 0.8), grey (0.2), blur (0.5).
 *
 * **Shapes** images [B, H, W, 1 or 3].
 *
 * @throws DiptychError if an option cannot be meant (see the transforms), or images are neither grey nor RGB.
 * @see Chen et al. 2020, A simple framework for contrastive learning of visual representations, appendices A and B.9
 * @example
 * const two = simclrViews({ size: 32, strength: 0.5, blur: false }); // CIFAR-10
 */
export function simclrViews(options: SimclrViewsOptions): Views {
  const {
    size,
    strength = 1,
    blur = true,
    minScale = 0.08,
  } = checkOptions('simclrViews', options, {
    size: rules.required(rules.count),
    strength: rules.nonNegative,
    blur: rules.flag,
    minScale: rules.interval('(0, 1]'),
  });
  const [weak, hue] = [0.8 * strength, 0.2 * strength];
  const jitter = colorJitter({ brightness: weak, contrast: weak, saturation: weak, hue });
  // A tenth of the image, made odd; a kernel of one pixel would not blur.
  const kernel = Math.max(3, 2 * Math.floor(size / 20) + 1);
  const view = compose(
    randomResizedCrop(size, { scale: [minScale, 1] }),
    randomFlip(),
    randomApply(0.8, jitter),
    randomApply(0.2, grayscale),
    ...(blur ? [randomApply(0.5, gaussianBlur({ kernel }))] : []),
  );
  return viewsOfColors('simclrViews', [view, view]);
}
