/**
 * The published noise levels of Align Your Steps for ten steps of three models, the last level included, to be used
 * with `interpolatedSigmas`: Stable Diffusion 1.5, Stable Diffusion XL, Stable Video Diffusion.
 *
 * @see Sabour et al. 2024, "Align your steps: optimizing sampling schedules in diffusion models", and its how-to page, arXiv:2404.14507
 * @example
 * interpolatedSigmas(10, alignYourSteps.sdxl);
 */
export const alignYourSteps = {
  sd1: [
    14.6146412293, 6.4745760956, 3.8636745985, 2.694615152, 1.8841921177, 1.3943805092, 0.9642583904, 0.6523686016,
    0.3977456272, 0.1515232662, 0.0291671582,
  ],
  sdxl: [
    14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141, 0.5550693289, 0.3798540708,
    0.2332364134, 0.1114188177, 0.0291671582,
  ],
  svd: [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002],
} as const;
