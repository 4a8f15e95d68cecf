import type { Batch } from '@diptych/core';
import { check, checkOptions, checkRule, fail, rules } from '@diptych/formats/errors';
import { join } from 'node:path';
import { contactSheet, type ContactSheetOptions } from '../images/contact-sheet.ts';
import { encodePng } from '../images/encode-png.ts';
import { checkPixels, signedToBytes } from '../images/pixels.ts';
import { saveBytes } from './save-files.ts';

/** A tensor of images as samplers and networks give it, [B, H, W, C] or one of [H, W, C]: float32 in [-1, 1], or int32 levels 0..255. */
export interface ImageTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<ArrayLike<number>>;
}

/** Images on their way to files: a tensor, a batch, or numbers beside their shape. */
export type ImagesToSave =
  | ImageTensor
  | Pick<Batch, 'x' | 'shape'>
  | { readonly data: Float32Array | Uint8Array; readonly shape: readonly number[] };

/**
 * Writes images as one PNG file, a grid of them. Values beyond [-1, 1] are clipped; folders on the way are made.
 *
 * **Shapes** [B, H, W, C] or [H, W, C], C = 1 (grey), 3 (RGB) or 4 (RGBA). **Units** float32 in [-1, 1], or levels 0..255 as uint8 or int32.
 * **Memory** a tensor stays the caller's.
 *
 * @throws DiptychError if there is no image, a pixel is NaN, floats are levels 0..255, or C is another number; the errors of the file system as they are.
 * @see `make_grid` and `save_image` of torchvision
 * @example
 * const images = await sample(heun(), denoise, { sigmas: karrasSigmas(18), shape: [16, 32, 32, 3], key: key(0) });
 * await saveGrid('runs/samples.png', images, { columns: 4 });
 */
export async function saveGrid(path: string, images: ImagesToSave, options?: ContactSheetOptions): Promise<void> {
  const { x, shape } = await pixelsOf('saveGrid', images);
  await saveBytes(path, encodePng(contactSheet({ x, shape } as Batch, options)));
}

export interface SaveImagesOptions {
  /** What the file of an image is called. Default `00000.png` and so on. */
  name?: (index: number) => string;
}

const numbered = (index: number) => `${String(index).padStart(5, '0')}.png`;

/**
 * Writes each image as a PNG file of its own, in its own size, and returns the paths: `00000.png` and so on, or what `name` calls them.
 *
 * **Shapes**, **Units** and **Memory** as of `saveGrid`.
 *
 * @throws DiptychError as `saveGrid`, or if two images have one name; the errors of the file system as they are.
 * @example
 * await saveImages('runs/samples', images);
 * await saveImages('runs/samples', images, { name: (i) => `class-${labels[i]}-${i}.png` });
 */
export async function saveImages(
  folder: string,
  images: ImagesToSave,
  options: SaveImagesOptions = {},
): Promise<string[]> {
  const where = 'saveImages';
  checkRule(where, 'folder', rules.text, folder);
  const { name = numbered } = checkOptions(where, options, { name: rules.callback });
  const { x, shape } = await pixelsOf(where, images);
  const [count, height, width, channels] = shape;
  const size = height * width * channels;
  const names = Array.from({ length: count }, (_, i) => name(i));
  names.forEach((text, i) => checkRule(where, `name(${i})`, rules.text, text));
  const paths = names.map((text) => join(folder, text));
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) fail(where, `two images would be called ${JSON.stringify(twice)}`);
  for (const [i, path] of paths.entries()) {
    const own = x.subarray(i * size, (i + 1) * size);
    if (own instanceof Float32Array) checkPixels(where, `image ${i}`, own, [height, width]);
    const data = Uint8ClampedArray.from(own instanceof Float32Array ? signedToBytes(own) : own);
    await saveBytes(path, encodePng({ data, width, height, channels: channels as 1 | 3 | 4 }));
  }
  return paths;
}

type Pixels = { x: Float32Array | Uint8Array; shape: [number, number, number, number] };

async function pixelsOf(where: string, images: ImagesToSave): Promise<Pixels> {
  const isObject = typeof images === 'object' && images !== null && Array.isArray(images.shape);
  check(isObject, where, 'images', 'a tensor, a batch, or { data, shape }', images);
  const { shape } = images;
  const whole = (shape.length === 3 ? [1, ...shape] : [...shape]) as Pixels['shape'];
  const isSound =
    whole.length === 4 && whole.every((n) => Number.isSafeInteger(n) && n > 0) && [1, 3, 4].includes(whole[3]);
  check(isSound, where, 'images', 'of shape [B, H, W, C] or [H, W, C] with C of 1, 3 or 4', images);
  const x = await valuesOf(images);
  const isTyped = x instanceof Float32Array || x instanceof Uint8Array;
  check(isTyped, where, 'images', 'numbers as Float32Array in [-1, 1] or Uint8Array in 0..255', x);
  const length = whole.reduce((product, n) => product * n, 1);
  check(x.length === length, where, 'images', `${length} numbers for the shape [${shape.join(', ')}]`, x.length);
  return { x, shape: whole };
}

async function valuesOf(images: ImagesToSave): Promise<unknown> {
  if ('x' in images) return images.x;
  if (typeof images.data !== 'function') return images.data;
  const values = await images.data();
  // Levels outside 0..255 are clipped, as values outside [-1, 1] are.
  return values instanceof Int32Array ? new Uint8Array(Uint8ClampedArray.from(values).buffer) : values;
}
