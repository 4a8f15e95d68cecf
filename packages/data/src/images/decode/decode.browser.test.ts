import { describe, expect, it } from 'vitest';
import jpegFiles from '../../../../test-utils/fixtures/images/jpeg.json' with { type: 'json' };
import orientations from '../../../../test-utils/fixtures/images/orientation.json' with { type: 'json' };
import pngFiles from '../../../../test-utils/fixtures/images/png.json' with { type: 'json' };
import { withChannels } from '../raster.ts';
import { decodeImage } from './decode-image.ts';

// 7x5 pixels, written by Pillow 13.0.0; Node's tests hold the levels against Pillow's.
const jpeg =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAFAAcDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwC38OP2a/C/kr8n8P8AzzH+NFFFfjfGnFme/wBt1v8Aa5/eeh4f8QZr/q/Q/wBol9/of//Z';
const webp =
  'UklGRoIAAABXRUJQVlA4IHYAAADwAgCdASoHAAUAAUAmJbACdDXAOcA/UD2MylAE/qVg4ADOPq71Qedxq7ZU+q4WtPnjpiAx+PnFWBh8Ce85hu4yLsHidpb+3bx/zMcP+TkkzP/j1l2hv+fo/EY/J3nl2UDjVKL7NP+P/1k6n9G96lL9ol9wAAAA';
const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

describe('decodeImage in a browser, as in Node', () => {
  it('gives the levels of a JPEG and of a WebP that Node gives', async () => {
    const { data } = await decodeImage(bytesOf(jpeg));
    expect(Array.from(data)).toEqual([
      4, 5, 219, 24, 9, 214, 61, 10, 199, 93, 10, 178, 130, 11, 155, 164, 14, 139, 194, 11, 127, 17, 44, 221, 37, 48,
      216, 73, 50, 202, 106, 49, 180, 142, 50, 157, 177, 53, 141, 206, 51, 127, 15, 97, 197, 36, 101, 193, 71, 103, 178,
      105, 102, 157, 139, 102, 133, 175, 104, 118, 204, 104, 106, 16, 142, 182, 37, 146, 175, 72, 148, 162, 106, 147,
      139, 142, 149, 118, 177, 151, 102, 205, 149, 88, 27, 187, 177, 49, 192, 172, 83, 193, 158, 115, 193, 135, 151,
      194, 114, 186, 196, 97, 216, 194, 83,
    ]);
    expect(Array.from((await decodeImage(bytesOf(webp))).data)).toEqual([
      0, 77, 164, 48, 129, 163, 90, 174, 105, 127, 173, 73, 218, 182, 126, 148, 45, 36, 215, 55, 100, 24, 101, 171, 71,
      147, 169, 92, 160, 89, 160, 186, 93, 254, 199, 160, 169, 68, 77, 205, 91, 146, 55, 132, 163, 107, 171, 167, 133,
      173, 96, 212, 199, 124, 146, 51, 49, 183, 84, 131, 83, 59, 135, 77, 155, 154, 103, 159, 136, 172, 185, 117, 91,
      54, 1, 167, 72, 98, 186, 113, 184, 65, 97, 179, 102, 188, 154, 133, 187, 148, 215, 202, 154, 123, 74, 52, 161,
      104, 146, 93, 67, 144, 82, 128, 206,
    ]);
  });

  it('refuses a damaged file and goes on', async () => {
    const damaged = bytesOf(jpeg);
    damaged.fill(0, 20, 90);
    await expect(decodeImage(damaged, { name: 'bad.jpg' })).rejects.toThrow(/bad.jpg is not a whole JPEG file/);
    expect((await decodeImage(bytesOf(jpeg))).width).toBe(7);
  });

  const images = [...jpegFiles.cases, ...pngFiles.cases];
  it.each(images)('reads what Pillow reads: $name', async ({ file, name, width, height, rgb }) => {
    const raster = withChannels(await decodeImage(bytesOf(file)), 3);
    expect([raster.width, raster.height]).toEqual([width, height]);
    const target = bytesOf(rgb);
    const tolerance = name === '4:4:0' ? 2 : 0;
    expect(raster.data.every((level, i) => Math.abs(level - target[i]) <= tolerance)).toBe(true);
  });

  it.each(orientations.cases)('turns as Pillow’s exif_transpose: $name', async ({ file, width, height, rgb }) => {
    const raster = await decodeImage(bytesOf(file), { exifTranspose: true });
    expect([raster.width, raster.height]).toEqual([width, height]);
    expect(Array.from(raster.data)).toEqual(Array.from(bytesOf(rgb)));
  });
});
