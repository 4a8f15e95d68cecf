export { cifarAugmentationOps, type AugmentationOps } from './augment/augmentation-ops.ts';
export { edmAugmentation, type Augmentation, type EdmAugmentationOptions } from './augment/edm-augmentation.ts';

export { colorJitter, type ColorJitterOptions } from './views/color-jitter.ts';
export { compose } from './views/compose.ts';
export { centerCrop, randomCrop, type RandomCropOptions } from './views/crop.ts';
export { dinoViews, type DinoViewsOptions } from './views/dino-views.ts';
export { gaussianBlur, type GaussianBlurOptions } from './views/gaussian-blur.ts';
export { grayscale } from './views/grayscale.ts';
export type { HostImage, ImageTransform } from './views/image-transform.ts';
export { randomApply } from './views/random-apply.ts';
export { randomFlip } from './views/random-flip.ts';
export { randomResizedCrop, type RandomResizedCropOptions } from './views/random-resized-crop.ts';
export { simclrViews, type SimclrViewsOptions } from './views/simclr-views.ts';
export { solarize } from './views/solarize.ts';
export { views, type Views } from './views/views.ts';
