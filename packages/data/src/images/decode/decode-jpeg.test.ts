import { fixtures } from '@diptych/test-utils/fixtures';
import { describe, expect, it } from 'vitest';
import { decodeJpeg } from './decode-jpeg.ts';

// Written and read by Pillow 13.0.0 (libjpeg-turbo).
const colour =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAFAAcDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwC38OP2a/C/kr8n8P8AzzH+NFFFfjfGnFme/wBt1v8Aa5/eeh4f8QZr/q/Q/wBol9/of//Z';
const colourLevels = [
  4, 5, 219, 24, 9, 214, 61, 10, 199, 93, 10, 178, 130, 11, 155, 164, 14, 139, 194, 11, 127, 17, 44, 221, 37, 48, 216,
  73, 50, 202, 106, 49, 180, 142, 50, 157, 177, 53, 141, 206, 51, 127, 15, 97, 197, 36, 101, 193, 71, 103, 178, 105,
  102, 157, 139, 102, 133, 175, 104, 118, 204, 104, 106, 16, 142, 182, 37, 146, 175, 72, 148, 162, 106, 147, 139, 142,
  149, 118, 177, 151, 102, 205, 149, 88, 27, 187, 177, 49, 192, 172, 83, 193, 158, 115, 193, 135, 151, 194, 114, 186,
  196, 97, 216, 194, 83,
];
const grey =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/wAALCAAFAAcBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AK37M/8Ax5x/9c/6V//Z';
const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));

describe('decodeJpeg', () => {
  it('gives the levels that Pillow gives', async () => {
    const { data, width, height, channels } = await decodeJpeg(bytesOf(colour));
    expect([width, height, channels]).toEqual([7, 5, 3]);
    expect(Array.from(data)).toEqual(colourLevels);
  });

  it('gives a grey picture three equal channels', async () => {
    const { data } = await decodeJpeg(bytesOf(grey));
    expect(Array.from(data.subarray(0, 21))).toEqual(
      [0, 38, 71, 107, 144, 182, 215].flatMap((level) => [level, level, level]),
    );
  });

  it('refuses other files, and files that are cut anywhere, naming the file', async () => {
    await expect(decodeJpeg(new Uint8Array([1, 2, 3, 4]), { name: 'a.jpg' })).rejects.toThrow(
      /a.jpg is not a JPEG file/,
    );
    await expect(decodeJpeg(new Uint8Array(0))).rejects.toThrow(/JPEG is not a JPEG file/);
    for (const length of [4, 100, 640, 674]) {
      await expect(decodeJpeg(bytesOf(colour).subarray(0, length), { name: 'cut' }), `${length}`).rejects.toThrow(
        /cut is not a whole/,
      );
    }
  });

  it('goes on after a damaged file, also with others under way', async () => {
    const damaged = bytesOf(colour);
    damaged.fill(0, 20, 90); // its quantisation tables
    const [bad, good] = await Promise.allSettled([
      decodeJpeg(damaged, { name: 'bad.jpg' }),
      decodeJpeg(bytesOf(colour)),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { name: 'FormatError' } });
    expect(String((bad as PromiseRejectedResult).reason)).toContain('bad.jpg');
    expect(good).toMatchObject({ status: 'fulfilled', value: { width: 7 } });
  });

  it('leaves the bytes free for another file as soon as it is called', async () => {
    const bytes = bytesOf(colour);
    const pictures = [decodeJpeg(bytes), decodeJpeg(bytes)];
    bytes.fill(0);
    for (const picture of pictures) expect(Array.from((await picture).data)).toEqual(colourLevels);
  });

  it('reads the same whatever the file lies in', async () => {
    const padded = new Uint8Array(1000);
    padded.set(bytesOf(colour), 100);
    expect(Array.from((await decodeJpeg(padded.subarray(100, 775))).data)).toEqual(colourLevels);
  });

  const golden = fixtures('images').find(({ file }) => file === 'jpeg')!.cases;
  it.each(golden)('reads what Pillow reads, to the level: $name', async ({ name, file, width, height, rgb }) => {
    const raster = await decodeJpeg(bytesOf(file as string), { name: 'a.jpg' });
    expect([raster.width, raster.height, raster.channels]).toEqual([width, height, 3]);
    const target = bytesOf(rgb as string);
    // Chroma that is coarse along columns alone: mozjpeg's rounding of it is another than libjpeg-turbo's.
    const tolerance = name === '4:4:0' ? 2 : 0;
    const furthest = Math.max(...raster.data.map((level, i) => Math.abs(level - target[i])));
    expect(furthest).toBeLessThanOrEqual(tolerance);
  });

  it.each(golden)('refuses it cut, by name: $name', async ({ name, file }) => {
    const bytes = bytesOf(file as string);
    const scan = Buffer.from(bytes).indexOf(Uint8Array.of(0xff, 0xda));
    const cuts = [3, 21, scan, scan + 20, bytes.length - (name === 'bytes after the end' ? 12 : 2)];
    for (const length of cuts) {
      const cut = decodeJpeg(bytes.subarray(0, length), { name: 'cut.jpg' });
      await expect(cut, `${length}`).rejects.toThrow(/cut.jpg is not a (whole )?JPEG file/);
      await expect(cut).rejects.toMatchObject({ name: 'FormatError' });
    }
  });

  it('refuses by name what the decoder cannot read: arithmetic coding, lossless, 12 bits, two components', async () => {
    const frame = Buffer.from(bytesOf(colour)).indexOf(Uint8Array.of(0xff, 0xc0));
    const changed = (offset: number, value: number) => {
      const bytes = bytesOf(colour);
      bytes[frame + offset] = value;
      return decodeJpeg(bytes, { name: 'a.jpg' });
    };
    await expect(changed(1, 0xc9)).rejects.toThrow(/a.jpg is of a kind that is not decoded: arithmetic coding/);
    await expect(changed(1, 0xca)).rejects.toThrow(/arithmetic coding/);
    await expect(changed(1, 0xc3)).rejects.toThrow(/a lossless one/);
    await expect(changed(1, 0xc5)).rejects.toThrow(/a hierarchical one/);
    await expect(changed(4, 12)).rejects.toThrow(/has 12 bits per channel/);
    await expect(changed(9, 2)).rejects.toThrow(/a.jpg has 2 components; only grey, RGB and CMYK/);
  });

  it('refuses more pixels than allowed by the header, before it unpacks any, and a picture of no rows', async () => {
    const bytes = bytesOf(colour);
    const frame = Buffer.from(bytes).indexOf(Uint8Array.of(0xff, 0xc0));
    bytes.fill(0xff, frame + 5, frame + 9);
    const open = decodeJpeg(bytes, { name: 'huge.jpg' });
    await expect(open).rejects.toThrow(/huge.jpg has 65535x65535 pixels, more than 67108864 \(maxPixels\)/);
    await expect(decodeJpeg(bytesOf(colour), { maxPixels: 34 })).rejects.toThrow(/has 7x5 pixels, more than 34/);
    expect((await decodeJpeg(bytesOf(colour), { maxPixels: 35 })).width).toBe(7);
    bytes.fill(0, frame + 5, frame + 7);
    await expect(decodeJpeg(bytes)).rejects.toThrow(/has no pixels: /);
  });

  it('refuses fewer bytes than blocks of pixels, and more scans than a picture needs', async () => {
    const of = (name: string) => bytesOf(golden.find((one) => one.name === name)!.file as string);
    const sized = (file: Uint8Array, marker: number, side: number) => {
      const frame = file.findIndex((byte, at) => byte === 0xff && file[at + 1] === marker);
      file.set([side >> 8, side & 255, side >> 8, side & 255], frame + 5);
      return file;
    };
    await expect(decodeJpeg(sized(of('baseline 4:2:0'), 0xc0, 8192))).rejects.toThrow(/\d+ bytes for 1572864 blocks/);
    await expect(decodeJpeg(sized(of('progressive 4:2:0'), 0xc2, 4096))).rejects.toThrow(/\d+ bytes for 393216 blocks/);
    const file = sized(of('grey progressive'), 0xc2, 4096);
    const last = file.slice(file.lastIndexOf(0xda) - 1, -2);
    const bomb = Uint8Array.from([
      ...file.subarray(0, -2),
      ...Array(900)
        .fill([...last])
        .flat(),
      0xff,
      0xd9,
    ]);
    await expect(decodeJpeg(bomb)).rejects.toThrow(/90\d scans, more than 256/);
    // As many scans over a small picture are read.
    sized(bomb, 0xc2, 64);
    expect((await decodeJpeg(bomb)).width).toBe(64);
  });

  it('refuses a progressive picture that keeps more coefficients than two for a pixel', async () => {
    const file = bytesOf(golden.find(({ name }) => name === 'progressive 4:2:0')!.file as string);
    const frame = file.findIndex((byte, at) => byte === 0xff && file[at + 1] === 0xc2);
    file.set([8192 >> 8, 0, 8192 >> 8, 0], frame + 5);
    file[frame + 11] = 0x11; // 4:4:4
    const scan = file.findIndex((byte, at) => byte === 0xff && file[at + 1] === 0xda);
    const whole = Uint8Array.from([
      ...file.subarray(0, scan + 12),
      ...new Uint8Array(400_000),
      ...file.subarray(scan + 12),
    ]);
    await expect(decodeJpeg(whole)).rejects.toThrow(
      /keeps 201326592 coefficients until its last scan, more than 134217728/,
    );
  });

  it.each([0x00, 0x01, 0x10, 0x15, 0x51])('refuses sampling factors of %i, which no component has', async (factors) => {
    for (const { file } of golden) {
      const bytes = bytesOf(file as string);
      const frame = bytes.findIndex((byte, at) => byte === 0xff && (bytes[at + 1] === 0xc0 || bytes[at + 1] === 0xc2));
      for (let k = 0; k < bytes[frame + 9]; k++) bytes[frame + 11 + 3 * k] = factors;
      await expect(decodeJpeg(bytes)).rejects.toThrow(/a frame whose components have no size/);
    }
  });

  it('refuses a second frame, and reads tables in any number of segments', async () => {
    const bytes = bytesOf(golden[0].file as string);
    const frame = bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === 0xc0);
    const end = frame + 2 + bytes[frame + 3];
    const twice = Uint8Array.from([...bytes.subarray(0, end), ...bytes.subarray(frame)]);
    await expect(decodeJpeg(twice)).rejects.toThrow(/two pictures/);
    const empty = Array(5000).fill([0xff, 0xdb, 0, 2]).flat() as number[];
    const many = Uint8Array.from([...bytes.subarray(0, 2), ...empty, ...bytes.subarray(2)]);
    expect(await decodeJpeg(many)).toEqual(await decodeJpeg(bytes));
  });

  it('refuses a damaged CMYK file by name, whatever was changed, or reads it', async () => {
    for (const name of ['Adobe CMYK', 'Adobe CMYK progressive', 'YCCK 4:2:0']) {
      const file = bytesOf(golden.find((of) => of.name === name)!.file as string);
      for (let at = 20; at < file.length; at += 7) {
        const bytes = file.slice();
        bytes[at] ^= 0x55;
        const found = await decodeJpeg(bytes, { name: 'bad.jpg', maxPixels: 10_000 }).catch((error: unknown) => error);
        if (found instanceof Error) expect(String(found)).toMatch(/FormatError: decodeJpeg: bad.jpg (is|has)/);
        else expect((found as { channels: number }).channels).toBe(3);
      }
    }
  });
});
