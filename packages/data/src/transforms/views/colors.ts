import { check } from '@diptych/formats/errors';
import { checkImage, type HostImage } from './image-transform.ts';

const clip = (level: number) => (level < 0 ? 0 : level > 1 ? 1 : level);

/** Colours are those of RGB; alpha, or a channel of anything else, has none. */
export function checkColors(where: string, image: HostImage): void {
  checkImage(where, image);
  const channels = image.shape[2];
  check(channels === 1 || channels === 3, where, 'image.shape[2]', '1 (grey) or 3 (RGB)', channels);
}

/** The lightness of every pixel. @see ITU-R BT.601, the weights that Pillow and torchvision round to three digits */
export function lightness({ data, shape: [, , channels] }: HostImage): Float32Array {
  if (channels === 1) return data;
  const light = new Float32Array(data.length / channels);
  for (let p = 0, at = 0; p < light.length; p++, at += channels) {
    light[p] = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  }
  return light;
}

/** factor * image + (1 - factor) * other, clipped; `other` gives the level that pixel p is mixed with. */
function mix({ data, shape }: HostImage, factor: number, other: (p: number) => number): HostImage {
  const channels = shape[2];
  const mixed = new Float32Array(data.length);
  for (let p = 0, at = 0; at < data.length; p++) {
    const rest = (1 - factor) * other(p);
    for (let c = 0; c < channels; c++, at++) mixed[at] = clip(factor * data[at] + rest);
  }
  return { data: mixed, shape };
}

/** 0 black, 1 as it is, 2 twice as bright. */
export const adjustBrightness = (image: HostImage, factor: number): HostImage => mix(image, factor, () => 0);

/** 0 one grey, the mean lightness; 1 as it is. */
export function adjustContrast(image: HostImage, factor: number): HostImage {
  const light = lightness(image);
  let sum = 0;
  for (let p = 0; p < light.length; p++) sum += light[p];
  const mean = sum / light.length;
  return mix(image, factor, () => mean);
}

/** 0 grey, 1 as it is. */
export function adjustSaturation(image: HostImage, factor: number): HostImage {
  if (image.shape[2] === 1) return image;
  const light = lightness(image);
  return mix(image, factor, (p) => light[p]);
}

/** Turns the colour circle: 0 as it is, 1 (or -1) once around. */
export function adjustHue(image: HostImage, turns: number): HostImage {
  const { data, shape } = image;
  if (shape[2] === 1) return image;
  const turned = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const [r, g, b] = [data[at], data[at + 1], data[at + 2]];
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    // Hue in sixths of the circle, red at 0.
    let hue = 0;
    if (chroma > 0) hue = value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    hue += 6 * turns;
    for (let c = 0; c < 3; c++) {
      // A channel is full within one sixth of its own hue, and empty beyond two.
      const k = (((5 - 2 * c + hue) % 6) + 6) % 6;
      turned[at + c] = value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
    }
  }
  return { data: turned, shape };
}
