import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { decodePng } from './decode-png.ts';
import { decodeWebp } from './decode-webp.ts';

// Written and read by Pillow 13.0.0: 7x5 pixels, level (37 x + 23 y + 80 c) mod 256.
const lossless = 'UklGRiwAAABXRUJQVlA4TCAAAAAvBgABAM1lRP8DCtlIgjCWYH3Wn+e7MxjYgYoJ0MSCFw==';
const lossy =
  'UklGRoIAAABXRUJQVlA4IHYAAADwAgCdASoHAAUAAUAmJbACdDXAOcA/UD2MylAE/qVg4ADOPq71Qedxq7ZU+q4WtPnjpiAx+PnFWBh8Ce85hu4yLsHidpb+3bx/zMcP+TkkzP/j1l2hv+fo/EY/J3nl2UDjVKL7NP+P/1k6n9G96lL9ol9wAAAA';
const lossyLevels = [
  0, 77, 164, 48, 129, 163, 90, 174, 105, 127, 173, 73, 218, 182, 126, 148, 45, 36, 215, 55, 100, 24, 101, 171, 71, 147,
  169, 92, 160, 89, 160, 186, 93, 254, 199, 160, 169, 68, 77, 205, 91, 146, 55, 132, 163, 107, 171, 167, 133, 173, 96,
  212, 199, 124, 146, 51, 49, 183, 84, 131, 83, 59, 135, 77, 155, 154, 103, 159, 136, 172, 185, 117, 91, 54, 1, 167, 72,
  98, 186, 113, 184, 65, 97, 179, 102, 188, 154, 133, 187, 148, 215, 202, 154, 123, 74, 52, 161, 104, 146, 93, 67, 144,
  82, 128, 206,
];
// Alpha 7 i at pixel i.
const alpha = 'UklGRjQAAABXRUJQVlA4TCcAAAAvBgABEM1lRP8DCtlIgjCWYH3Wn+e7MxjYgRKTpiF2mccJ0EgW/AIA';
const lossyAlpha =
  'UklGRrgAAABXRUJQVlA4WAoAAAAQAAAABgAABAAAQUxQSBkAAAABuYzof0BR2zZQf8VT/vSujUHEBEwAkpUXAFZQOCB4AAAA0AIAnQEqBwAFAAFAJiWwAnQ1wDnVf1A9jMGE3nlNAAD5bsbgKmNQbUhqtYtKjwR/HT6YPyFW+WMpe5uFe88Po47N0S4naW/ualP/Mxw/5OSTnb/T1l2hv+cg/Iy/5O88zyIGVfBv0C/8D/rJ1P6N71KX7RL5SAAA';
const animation =
  'UklGRsYBAABXRUJQVlA4WAoAAAACAAAABgAABAAAQU5JTQYAAAAAAAAAAABBTk1GygAAAAAAAAAAAAYAAAQAAGQAAAJWUDggsgAAAFABAJ0BKgcABQABQCYlsAAEdAAA/rT/PdP/rv+O3/x2Op6LegGz//ycj3fk6qMyYKZoCDn786C8xmf+Gh/kvP/hoeXO85EL/GS2e5/4z/+Pv+6/+ViDdnuwf4+/7r/5WIN2e/R/H3/df/KxBuz36PF6P5/1/4nfp/0/4bGz/+yzrf5OSTM/+PWXfob/n7+fzWr/k7z/L/4/6wB/p/x/rmLs0/4//WTqf0b3qUv2j5fbYABBTk1GyAAAAAAAAAAAAAYAAAQAAGQAAABWUDggsAAAAFQBAJ0BKgcABQAAACYlsAAEdAAA/u63//2If5N/+XJ+++m/YXE/s//lyfvvien7XxPk7//O4bHfCbGf8F/zO7/z//ofytejfi3/9aECH/60Id/9sB/2sH/1f/wCv/tgP+1g/+r/+E1/7YD/tYP/q//hNfmkxv9f+lz9P+Lu5/8/+d///pNkd/6MC/E7+1M/Xc/1P+2f3+Y/+/5NZ35v/yb//ZtL/4EVfmd/Bv8pAAAA';
const animatedPng =
  'iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAACGFjVEwAAAACAAAAAPONk3AAAAAaZmNUTAAAAAAAAAAHAAAABQAAAAAAAAAAAAEACgAATd9eoAAAABRJREFUeJxjZAhYoIoBmMSxAcpFAbEJCyARtgqHAAAAGmZjVEwAAAABAAAABwAAAAUAAAAAAAAAAAABAAoAANastHQAAAAZZmRBVAAAAAJ4nGO06rp1GwMwvcQGKBcFALMCXYLT5aqvAAAAAElFTkSuQmCC';
const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));
const level = (i: number) => (37 * (Math.floor(i / 3) % 7) + 23 * Math.floor(i / 21) + 80 * (i % 3)) % 256;

describe('decodeWebp', () => {
  it('gives the levels that were written, or that Pillow gives where they were not kept', async () => {
    const { data, width, height, channels } = await decodeWebp(bytesOf(lossless));
    expect([width, height, channels]).toEqual([7, 5, 3]);
    expect(Array.from(data)).toEqual(Array.from(data, (_, i) => level(i)));
    expect(Array.from((await decodeWebp(bytesOf(lossy))).data)).toEqual(lossyLevels);
  });

  it('keeps an alpha channel, so that who wants none can refuse it', async () => {
    const { data, channels } = await decodeWebp(bytesOf(alpha));
    expect(channels).toBe(4);
    expect(Array.from({ length: 35 }, (_, i) => data[4 * i + 3])).toEqual(Array.from({ length: 35 }, (_, i) => 7 * i));
    expect((await decodeWebp(bytesOf(lossyAlpha))).channels).toBe(4);
  });

  it('refuses other files, cut and damaged ones, and animations, naming the file', async () => {
    await expect(decodeWebp(new Uint8Array(30), { name: 'a.webp' })).rejects.toThrow(/a.webp is not a WebP file/);
    await expect(decodeWebp(bytesOf(animation), { name: 'a.webp' })).rejects.toThrow(/a.webp is an animation/);
    for (const length of [20, 60, 137]) {
      await expect(decodeWebp(bytesOf(lossy).subarray(0, length), { name: 'cut' })).rejects.toThrow(
        new RegExp(`cut is not a whole WebP file: ${length} of 138 bytes`),
      );
    }
    const damaged = bytesOf(lossy);
    damaged.fill(0, 20, 30);
    const [bad, good] = await Promise.allSettled([
      decodeWebp(damaged, { name: 'bad.webp' }),
      decodeWebp(bytesOf(lossless)),
    ]);
    expect(String((bad as PromiseRejectedResult).reason)).toMatch(/bad.webp is not a whole WebP file/);
    expect(good).toMatchObject({ status: 'fulfilled', value: { width: 7 } });
  });
});

describe('decodeWebp and the header', () => {
  it('refuses more pixels than allowed, before it unpacks any', async () => {
    // 16383 x 16383, lossless, in 40 bytes.
    const huge = bytesOf(lossless).slice(0, 40);
    huge.set([0x2f, 0xfe, 0xbf, 0xff, 0x0f], 20);
    huge.set([32, 0, 0, 0], 4);
    huge.set([20, 0, 0, 0], 16);
    await expect(decodeWebp(huge, { name: 'huge.webp' })).rejects.toThrow(
      /huge.webp has 16383x16383 pixels, more than 67108864 \(maxPixels\)/,
    );
    for (const file of [lossless, lossy, lossyAlpha]) {
      await expect(decodeWebp(bytesOf(file), { maxPixels: 34 })).rejects.toThrow(/has 7x5 pixels, more than 34/);
      expect((await decodeWebp(bytesOf(file), { maxPixels: 35 })).width).toBe(7);
    }
  });

  it('refuses a picture of another size than its canvas, a damaged header and no picture', async () => {
    const wide = bytesOf(lossyAlpha);
    wide[24] = 9;
    await expect(decodeWebp(wide, { name: 'w' })).rejects.toThrow(
      /w is not a whole WebP file: a picture of 7x5 for 10x5/,
    );
    const damaged = bytesOf(lossy);
    damaged[23] = 0;
    await expect(decodeWebp(damaged, { name: 'w' })).rejects.toThrow(
      /w is not a whole WebP file: a damaged header of VP8/,
    );
    const none = bytesOf(lossless);
    none.set(new TextEncoder().encode('EXIF'), 12);
    await expect(decodeWebp(none, { name: 'w' })).rejects.toThrow(/w is not a whole WebP file: no picture/);
  });
});

describe('decodeImage', () => {
  it('tells the formats apart by their first bytes', async () => {
    expect((await decodeImage(bytesOf(lossless))).width).toBe(7);
    await expect(decodeImage(bytesOf(animatedPng))).rejects.toThrow(/is an animation/);
    await expect(decodeImage(new Uint8Array([0xff, 0xd8, 0xff]), { name: 'x' })).rejects.toThrow(/x is not a JPEG/);
    await expect(decodeImage(Buffer.from('GIF89a'), { name: 'x.gif' })).rejects.toThrow(
      /x.gif is not a PNG, JPEG or WebP file, but a GIF file/,
    );
  });
});

describe('decodePng', () => {
  it('refuses animations', () => {
    expect(() => decodePng(bytesOf(animatedPng), { name: 'a.png' })).toThrow(/a.png is an animation/);
  });
});
