import { check, checkOptions, describeValue, FormatError, rules } from '@diptych/formats/errors';
import type { Batch } from '@diptych/core';
import { readNpy, type FileBytes, type NpyDtype } from '@diptych/formats';

/** What the numbers of an array mean. */
export interface NpyImagesOptions {
  /** What messages call the array. Default `npy`. */
  name?: string;
  /** Black and white. Default: [0, 255] for integers; [-1, 1] for floats of which some are negative, else [0, 1]. */
  range?: readonly [number, number];
}

/**
 * Images from a numpy `.npy` file, an array [n, H, W, C] or [n, H, W], by what its numbers mean: booleans are black and white,
 * integers of any size are levels 0..255, floats lie in [-1, 1], or in [0, 1] if none is negative. Other numbers are refused
 * unless `range` says what is black and what is white; then floats may lie beyond it by half its width, as samples do.
 *
 * **Shapes** [n, H, W, C], C = 1 for [n, H, W]. **Units** uint8 for booleans and for integers in [0, 255], else float32, -1 black
 * .. 1 white.
 *
 * @throws DiptychError if the file cannot be read (see `readNpy`), has another shape or its channels before its rows, or holds
 * numbers that are no pixels of the range.
 * @see numpy.lib.format
 * @example
 * const { x, shape } = npyImages(await readFile('samples.npy'), { name: 'samples.npy' });
 */
export function npyImages(bytes: FileBytes, options: NpyImagesOptions = {}): Pick<Batch, 'x' | 'shape'> {
  const { name = 'npy', range } = checkOptions('npyImages', options, { name: rules.text, range: rangeRule });
  const { shape, dtype, data } = readNpy(bytes, { name });
  const known = shape.length === 3 || shape.length === 4;
  if (!known) refuse(`${name} is of shape ${describeValue(shape)}, not [n, H, W, C] or [n, H, W]`);
  const [count, height, width, channels = 1] = shape;
  // Torch's order; no image of more than four channels is one or three pixels high.
  const channelsFirst = channels > 4 && (height === 1 || height === 3);
  if (channelsFirst) refuse(`${name} is of shape ${describeValue(shape)}, not [n, H, W, C]: transpose (0, 2, 3, 1)`);
  return { x: pixelsOf(data, dtype, name, range), shape: [count, height, width, channels] };
}

/** The rule of the numbers of black and white; their order is checked where they are used. */
export const rangeRule = rules.list(rules.finite);

function refuse(sentence: string): never {
  throw new FormatError('npyImages', sentence);
}

function pixelsOf(data: ArrayLike<number>, dtype: NpyDtype, name: string, range?: readonly [number, number]) {
  if (dtype === 'bool') return Uint8Array.from(data, (value) => (value ? 255 : 0));
  const [least, most] = extremes(data, name);
  const isFloat = dtype.startsWith('float');
  const [black, white] = range ?? (isFloat ? [least < 0 ? -1 : 0, 1] : [0, 255]);
  const sound = (range?.length ?? 2) === 2 && Number.isFinite(black) && Number.isFinite(white) && black < white;
  check(sound, 'npyImages', 'range', 'the numbers of black and white, in this order', range);
  // Unasked, a thousandth is rounding; asked for, a range is also what samples were not clipped to.
  const slack = isFloat ? (white - black) * (range ? 0.5 : 5e-4) : 0;
  const inside = least >= black - slack && most <= white + slack;
  if (!inside) {
    refuse(
      `${name} holds numbers in ${least}..${most} (${dtype}), beyond ${black}..${white}: range: [black, white] says what they mean`,
    );
  }
  if (!isFloat && black === 0 && white === 255) return data instanceof Uint8Array ? data : Uint8Array.from(data);
  const scale = 2 / (white - black);
  return black === -1 && white === 1
    ? Float32Array.from(data)
    : Float32Array.from(data, (value) => (value - black) * scale - 1);
}

function extremes(data: ArrayLike<number>, name: string): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!Number.isFinite(value)) refuse(`${name}[${i}] is ${value}, not a finite number`);
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}
