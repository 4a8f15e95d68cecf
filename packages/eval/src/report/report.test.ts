import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { heatMap } from './heat-map.ts';
import { htmlReport } from './html-report.ts';
import { lineChart } from './line-chart.ts';

const elements = (svg: string, selector: string) =>
  Array.from(parseHTML(`<html><body>${svg}</body></html>`).document.querySelectorAll(selector));

describe('heatMap', () => {
  const table = { rows: ['in', 'mid'], columns: ['a', 'b', 'c'], values: [0.1, 0.2, 0.3, 0.4, NaN, 0.6] };

  it('draws one cell per number, leaves NaN empty, and writes the numbers', async () => {
    const svg = await heatMap({ ...table, title: 'accuracy' });
    expect(elements(svg, 'g[aria-label=cell] rect')).toHaveLength(5);
    const texts = elements(svg, 'text').map(({ textContent }) => textContent);
    for (const text of ['0.100', '0.600', 'in', 'mid', 'a', 'c']) expect(texts).toContain(text);
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain('aria-label="accuracy"');
  });

  it('frames the cell that was chosen', async () => {
    const svg = await heatMap({ ...table, highlight: { row: 1, column: 2 } });
    expect(elements(svg, 'g[stroke="#e4572e"] rect')).toHaveLength(1);
  });

  it('draws equal numbers, and keeps columns of one name apart', async () => {
    const svg = await heatMap({ rows: ['r'], columns: ['x', 'x'], values: [1, 1] });
    expect(elements(svg, 'g[aria-label=cell] rect')).toHaveLength(2);
  });

  it('refuses values that do not fill it', async () => {
    await expect(heatMap({ ...table, values: [1] })).rejects.toThrow(/values must be of length 6, one per cell/);
    await expect(heatMap({ ...table, values: new Array(6).fill(NaN) })).rejects.toThrow(/finite somewhere/);
    await expect(heatMap({ rows: [], columns: [], values: [] })).rejects.toThrow(/not empty/);
  });
});

describe('lineChart', () => {
  const line = { name: 'loss', x: [1, 10, 100], y: [3, 2, 1] };

  it('draws one path per series, with its name where there are several', async () => {
    const one = await lineChart({ series: [line], xLabel: 'step' });
    const two = await lineChart({ series: [line, { ...line, name: 'other' }], xLog: true, dots: true });
    expect(elements(one, 'g[aria-label=line] path')).toHaveLength(1);
    expect(elements(two, 'g[aria-label=line] path')).toHaveLength(2);
    expect(elements(two, 'g[aria-label=dot] circle')).toHaveLength(6);
    expect(elements(two, 'text').map(({ textContent }) => textContent)).toContain('other');
    expect(one).toContain('step');
  });

  it('names 1, 2 and 5 on a logarithmic axis, as plain numbers', async () => {
    const svg = await lineChart({ series: [{ name: 'p', x: [0.01, 1], y: [1, 2] }], xLog: true });
    const ticks = elements(svg, 'g[aria-label="x-axis tick label"] text').map(({ textContent }) => textContent);
    expect(ticks).toEqual(['0.01', '0.02', '0.05', '0.1', '0.2', '0.5', '1']);
    const wide = await lineChart({ series: [{ name: 'p', x: [1, 2], y: [0.03, 8] }], yLog: true });
    const names = elements(wide, 'g[aria-label="y-axis tick label"] text').map(({ textContent }) => textContent);
    expect(names).toEqual(['0.05', '0.1', '0.2', '0.5', '1', '2', '5']);
  });

  it('draws points alone where they have no order, and names the places of the x axis', async () => {
    const svg = await lineChart({
      series: [{ name: 'l', x: [1, 2], y: [1, 2] }],
      dots: true,
      lines: false,
      xNames: ['in.0', 'mid'],
    });
    expect(elements(svg, 'g[aria-label=line] path')).toHaveLength(0);
    expect(elements(svg, 'g[aria-label=dot] circle')).toHaveLength(2);
    const ticks = elements(svg, 'g[aria-label="x-axis tick label"] text').map(({ textContent }) => textContent);
    expect(ticks).toEqual(['in.0', 'mid']);
    await expect(lineChart({ series: [line], lines: false })).rejects.toThrow(
      /lines must be true unless there are dots/,
    );
    await expect(lineChart({ series: [line], xLog: true, xNames: ['a'] })).rejects.toThrow(/xNames must be left out/);
  });

  it('breaks a line where it is not finite, and sets a running mean over it', async () => {
    const broken = await lineChart({ series: [{ name: 'l', x: [0, 1, 2, 3, 4], y: [1, 2, NaN, 2, 1] }] });
    const path = elements(broken, 'g[aria-label=line] path')[0].getAttribute('d')!;
    expect(path.match(/M/g)).toHaveLength(2);
    const smooth = await lineChart({ series: [line], smooth: 2 });
    expect(elements(smooth, 'g[aria-label=line] path')).toHaveLength(2);
  });

  it('refuses nothing, lengths that differ, and what no axis can show', async () => {
    await expect(lineChart({ series: [] })).rejects.toThrow(/series must be not empty/);
    await expect(lineChart({ series: [{ ...line, y: [1] }] })).rejects.toThrow(/y of loss must be of length 3/);
    await expect(lineChart({ series: [{ ...line, y: [0, -1, NaN] }], yLog: true })).rejects.toThrow(
      /positive on a logarithmic axis/,
    );
    await expect(lineChart({ series: [line], smooth: 0 })).rejects.toThrow(/smooth/);
  });
});

describe('htmlReport', () => {
  const png = new Uint8Array([137, 80, 78, 71]);
  const html = htmlReport({
    title: 'A <run> & more',
    figures: [{ label: 'FD', value: '4.2', note: 'low is good' }],
    sections: [
      {
        heading: 'All parts',
        parts: [
          { text: 'x < y' },
          {
            table: {
              columns: ['set', 'n'],
              rows: [
                ['train', 3],
                ['"test"', 4],
              ],
              highlight: 1,
            },
          },
          { image: { png, alt: 'a "picture"', caption: 'seen' } },
          { chart: { svg: '<svg><circle r="1"/></svg>' } },
          { code: 'a && b' },
        ],
      },
    ],
    footer: 'the end',
  });
  const { document } = parseHTML(html);

  it('holds everything and loads nothing', () => {
    expect(document.querySelector('h1')!.textContent).toBe('A <run> & more');
    expect(document.querySelectorAll('tbody tr')).toHaveLength(2);
    expect(document.querySelector('tr.best td')!.textContent).toBe('"test"');
    expect(document.querySelector('img')!.getAttribute('src')).toBe('data:image/png;base64,iVBORw==');
    expect(document.querySelector('img')!.getAttribute('alt')).toBe('a "picture"');
    expect(document.querySelectorAll('figure svg circle')).toHaveLength(1);
    expect(document.querySelector('pre')!.textContent).toBe('a && b');
    expect(html).not.toMatch(/<script|<link|https?:/);
    expect(html).toContain('prefers-color-scheme: dark');
  });

  it('takes texts as texts, not as markup', () => {
    expect(html).toContain('A &lt;run&gt; &amp; more');
    expect(html).not.toContain('<run>');
  });

  it('refuses ragged tables and unknown parts', () => {
    const of = (part: object) => () =>
      htmlReport({ title: 't', sections: [{ heading: 'h', parts: [part as { text: string }] }] });
    expect(of({ table: { columns: ['a', 'b'], rows: [['x']] } })).toThrow(
      /row of table must be of length 2, one per column/,
    );
    expect(of({ video: 1 })).toThrow(/one of text, table, image, chart, code/);
  });

  it('inlines pictures of any size', () => {
    const large = htmlReport({
      title: 't',
      sections: [{ heading: 'h', parts: [{ image: { png: new Uint8Array(300_000), alt: '' } }] }],
    });
    expect(large).toContain('A'.repeat(400_000));
  });
});
