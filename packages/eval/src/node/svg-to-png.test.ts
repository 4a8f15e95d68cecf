import { decodePng } from '@diptych/data/images';
import { describe, expect, it } from 'vitest';
import { heatMap } from '../report/heat-map.ts';
import { svgToPng } from './svg-to-png.ts';

describe('svgToPng', () => {
  it('draws a chart at the scale, on white, with its colors', async () => {
    const svg = await heatMap({ rows: ['a'], columns: ['x', 'y'], values: [0, 1] });
    const [width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.slice(1).map(Number);
    const png = await svgToPng(svg, { scale: 1 });
    const drawn = picture(png);
    expect([drawn.width, drawn.height]).toEqual([width, height]);
    expect(drawn.at(0, 0)).toEqual([255, 255, 255]);
    const colors = new Set<string>();
    for (let x = 0; x < width; x++) colors.add(drawn.at(x, Math.floor(height / 2)).join());
    expect(Array.from(colors)).toEqual(expect.arrayContaining(['255,255,255', '255,255,217', '8,29,88']));
    expect(picture(await svgToPng(svg)).width).toBe(2 * width);
  });

  it('refuses what is no SVG and a scale that is none', async () => {
    await expect(svgToPng('hello')).rejects.toThrow(/svgToPng: svg must be an SVG file, got "hello"/);
    await expect(svgToPng('<svg/>', { scale: 0 })).rejects.toThrow(/scale must be a finite number > 0, got 0/);
  });
});

function picture(png: Uint8Array) {
  const { width, height, channels, data } = decodePng(png);
  const at = (x: number, y: number) => {
    const from = (y * width + x) * channels;
    return Array.from(data.subarray(from, from + 3));
  };
  return { width, height, at };
}
