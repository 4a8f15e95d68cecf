import { resizeImage } from '@diptych/ops';

/** 64 bits of the numbers of an image: equal images have equal ones, others all but never. @see FNV-1a, twice */
export function exactFingerprint(x: Float32Array | Uint8Array): string {
  const bytes = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193);
    b = Math.imul(b ^ bytes[i], 0x85ebca6b) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}`;
}

/**
 * Which of two neighbours is lighter, all over a small grey copy of an image: copies that are brighter, resized or saved with
 * loss keep it.
 *
 * @see Krawetz 2013, "Kind of like that" (the difference hash), here with up to 16 x 16 differences
 */
export function outlineFingerprint(
  x: Float32Array | Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): string {
  const gray = new Float32Array(height * width);
  for (let p = 0; p < gray.length; p++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += x[p * channels + c];
    gray[p] = sum / channels;
  }
  const [rows, columns] = [Math.min(16, height), Math.min(17, width)];
  const small = resizeImage(gray, [height, width, 1], [rows, columns]);
  let bits = '';
  for (let y = 0; y < rows; y++) {
    for (let i = 1; i < columns; i++) bits += small[y * columns + i] > small[y * columns + i - 1] ? '1' : '0';
  }
  return bits;
}
