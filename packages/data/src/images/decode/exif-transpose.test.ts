import { fixtures } from '@diptych/test-utils/fixtures';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { exifOrientation } from './exif-orientation.ts';

const bytesOf = (base64: unknown) => Uint8Array.from(Buffer.from(base64 as string, 'base64'));
const golden = fixtures('images').find(({ file }) => file === 'orientation')!.cases;

describe('exifTranspose', () => {
  it.each(golden)('turns as Pillow’s exif_transpose: $name', async ({ file, width, height, rgb }) => {
    const raster = await decodeImage(bytesOf(file), { exifTranspose: true });
    expect([raster.width, raster.height, raster.channels]).toEqual([width, height, 3]);
    expect(Array.from(raster.data)).toEqual(Array.from(bytesOf(rgb)));
  });

  it.each(golden)('left out, gives the picture as it is stored: $name', async ({ file, stored }) => {
    const raster = await decodeImage(bytesOf(file));
    expect([raster.width, raster.height]).toEqual([7, 5]);
    expect(Array.from(raster.data)).toEqual(Array.from(bytesOf(stored)));
  });
});

describe('exifOrientation', () => {
  const tiff = (orientation: number, ...more: number[]) =>
    Uint8Array.of(73, 73, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, ...more);

  it('is 1 where there is none, or none that means anything', () => {
    expect(exifOrientation(tiff(6))).toBe(6);
    expect(exifOrientation(tiff(9))).toBe(1);
    expect(exifOrientation(tiff(0))).toBe(1);
    expect(exifOrientation(new Uint8Array(0))).toBe(1);
    expect(exifOrientation(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toBe(1);
  });

  it('reads damaged data for none, and never beyond them', () => {
    for (let length = 0; length < 22; length++) expect(exifOrientation(tiff(6).subarray(0, length))).toBe(1);
    const far = tiff(6);
    far[7] = 255;
    expect(exifOrientation(far)).toBe(1);
  });
});
