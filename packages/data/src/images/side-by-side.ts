import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { checkRaster, rgbRule, type Raster, type Rgb } from './raster.ts';

/** How pictures are joined. */
export interface BesideOptions {
  /** Pixels between two pictures. Default 12. */
  gap?: number;
  /** Fills the gaps and what a smaller picture leaves free. Default the grey of contact sheets. */
  background?: Rgb;
}

/**
 * RGBA pictures side by side, tops aligned: samples beside real images.
 *
 * @throws DiptychError if there is none, or one is not RGBA.
 * @example
 * const png = encodePng(beside([contactSheet(samples, { title: 'samples' }), contactSheet(real, { title: 'real' })]));
 */
export function beside(rasters: readonly Raster[], options: BesideOptions = {}): Raster {
  const known = { gap: rules.index, background: rgbRule };
  const { gap = 12, background = [238, 238, 240] } = checkOptions('beside', options, known);
  checkRule('beside', 'rasters', rules.list(rules.object), rasters);
  for (const { channels } of rasters) check(channels === 4, 'beside', 'channels', '4 (RGBA)', channels);
  rasters.forEach((raster, i) => checkRaster('beside', raster, `rasters[${i}]`));
  check(rasters.length > 0, 'beside', 'rasters', 'at least one picture', rasters.length);

  const width = rasters.reduce((sum, raster) => sum + raster.width, (rasters.length - 1) * gap);
  const height = Math.max(...rasters.map((raster) => raster.height));
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i += 4) data.set([...background, 255], i);

  let left = 0;
  for (const raster of rasters) {
    for (let y = 0; y < raster.height; y++) {
      data.set(raster.data.subarray(y * raster.width * 4, (y + 1) * raster.width * 4), (y * width + left) * 4);
    }
    left += raster.width + gap;
  }
  return { data, width, height, channels: 4 };
}
