import { checkOptions, rules } from '@diptych/formats/errors';
import { colorJitter } from './color-jitter.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { grayscale } from './grayscale.ts';
import type { ImageTransform } from './image-transform.ts';
import { compose } from './compose.ts';
import { randomFlip } from './random-flip.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { solarize } from './solarize.ts';
import { randomApply } from './random-apply.ts';
import { viewsOfColors } from './views.ts';
import type { Views } from './views.ts';

/** DINO's set. */
export interface DinoViewsOptions {
  /** Height and width of the two global views. */
  size: number;
  /** Number of small views. Default 8. */
  locals?: number;
  /** Height and width of the small views. Default 3/7 of `size`, as 96 is of 224. */
  localSize?: number;
  /** Share of the image's area in the global views. Default [0.4, 1]. */
  globalScale?: readonly [number, number];
  /** Share of the image's area in the small views. Default [0.05, 0.4]. */
  localScale?: readonly [number, number];
}

/**
 * DINO's multi-crop: two global views, then small ones. All are cropped and resized, mirrored, jittered (0.8) and made grey
 * (0.2); the first is always blurred, the second seldom (0.1) and solarized (0.2), the small ones half of the time.
 *
 * **Shapes** images [B, H, W, 1 or 3].
 *
 * @throws DiptychError if an option cannot be meant (see the transforms), or images are neither grey nor RGB.
 * @see Caron et al. 2021, Emerging properties in self-supervised vision transformers, section 3.2 and the official defaults
 * @example
 * const crops = dinoViews({ size: 32, locals: 4, localSize: 16 });
 * const { views } = crops.apply(batch, key(0)); // views[0], views[1]: 32 x 32; views[2] .. views[5]: 16 x 16
 */
export function dinoViews(options: DinoViewsOptions): Views {
  const {
    size,
    locals = 8,
    localSize = Math.round((size * 3) / 7),
    globalScale = [0.4, 1],
    localScale = [0.05, 0.4],
  } = checkOptions('dinoViews', options, {
    size: rules.required(rules.count),
    locals: rules.index,
    localSize: rules.count,
    globalScale: rules.list(rules.finite),
    localScale: rules.list(rules.finite),
  });
  const colors = compose(
    randomApply(0.8, colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 })),
    randomApply(0.2, grayscale),
  );
  const view = (to: number, scale: readonly [number, number], ...others: ImageTransform[]) =>
    compose(randomResizedCrop(to, { scale }), randomFlip(), colors, ...others);
  const blur = gaussianBlur({ sigma: [0.1, 2] });
  const local = locals > 0 ? [view(localSize, localScale, randomApply(0.5, blur))] : [];
  return viewsOfColors('dinoViews', [
    view(size, globalScale, blur),
    view(size, globalScale, randomApply(0.1, blur), randomApply(0.2, solarize())),
    ...Array.from({ length: locals }, () => local[0]),
  ]);
}
