import { foldIn, key, normalArray } from '@diptych/core';
import { contactSheet, digitSplits, encodePng, subset } from '@diptych/data';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, it } from 'vitest';
import { ddaeProbeGrid } from '../probes/adam/ddae-probe-grid.ts';
import { fewShotCurve } from '../probes/few-shot/few-shot-curve.ts';
import { linearProbeGrid } from '../probes/grid/linear-probe-grid.ts';
import type { ProbeGrid } from '../probes/grid/linear-probe-grid.ts';
import type { TapFeatures } from '../probes/grid/tap-features.ts';
import { confusionChart } from './confusion-chart.ts';
import { fewShotChart } from './few-shot-chart.ts';
import { probeReport } from './probe-report.ts';

const { train, validation, test } = digitSplits();
const splits = {
  train: subset(train, { to: 300 }),
  validation: subset(validation, { to: 100 }),
  test: subset(test, { to: 100 }),
};
const features: TapFeatures = (images, sigma, noiseKey, first) => {
  const count = images.shape[0];
  const noise = normalArray(foldIn(noiseKey, first), count * 64);
  const pixels = Float32Array.from(images.x, (value, i) => value + sigma * noise[i]);
  return { pixels: { rows: pixels, dims: 64 }, top: { rows: pixels.filter((_, i) => i % 64 < 16), dims: 16 } };
};
const elements = (html: string, selector: string) =>
  Array.from(
    parseHTML(html.startsWith('<svg') ? `<html><body>${html}</body></html>` : html).document.querySelectorAll(selector),
  );

describe('probeReport', () => {
  let grid: ProbeGrid;
  beforeAll(async () => {
    grid = await linearProbeGrid({ features, splits, sigmas: [0.1, 1, 3], key: key(1), probe: { l2: [0.1] } });
  });

  it('is one page with the chosen figure, heat maps, curves, confusion matrix, few-shot curves, pictures and record', async () => {
    const rows = async (data: typeof train) => {
      const { x, label } = await data.batch(Uint32Array.from({ length: data.length }, (_, i) => i));
      return { rows: Float32Array.from(x), dims: 64, labels: label! };
    };
    const parts = {
      train: await rows(splits.train),
      validation: await rows(splits.validation),
      test: await rows(splits.test),
    };
    const fewShot = { pixels: fewShotCurve(parts, { shots: [1, 5], draws: 2, key: key(0), classes: 10 }) };
    const batch = await splits.test.batch(Uint32Array.from({ length: 16 }, (_, i) => i));
    const png = encodePng(contactSheet(batch, { columns: 8 }));
    const html = await probeReport(grid, {
      title: 'Digits',
      classNames: train.classes,
      fewShot,
      images: [{ png, alt: 'test images' }],
      details: { network: 'none' },
    });
    expect(elements(html, 'h2').map(({ textContent }) => textContent)).toEqual([
      'Layers and noise levels',
      'Curves',
      'Confusion matrix',
      'Few-shot accuracy',
      'Samples',
      'Reproduce',
    ]);
    expect(elements(html, 'figure svg')).toHaveLength(5);
    expect(elements(html, 'figure img')).toHaveLength(1);
    expect(elements(html, '.figure dd')[0].textContent).toContain((100 * grid.best.testAccuracy).toFixed(1));
    expect(html).not.toMatch(/<script|<link|src="http/);
    const record = JSON.parse(elements(html, 'pre')[0].textContent) as Record<string, unknown>;
    expect(record).toMatchObject({
      network: 'none',
      protocol: grid.protocol,
      key: [...grid.key],
      splits: grid.splits,
      sigmas: [0.1, 1, 3],
      best: { tap: grid.best.tap, testAccuracy: grid.best.testAccuracy },
    });
  });

  it('takes a grid of the other protocol, and one noise level', async () => {
    const ddae = await ddaeProbeGrid({ features, splits, sigmas: [0], key: key(1), epochs: 1 });
    const html = await probeReport(ddae);
    expect(html).toContain('protocol ddae');
    expect(elements(html, 'h2').map(({ textContent }) => textContent)).not.toContain('Curves');
  });

  it('shows warnings', async () => {
    expect(await probeReport({ ...grid, warnings: ['train has no rows of class 3'] })).toContain('no rows of class 3');
  });

  it('refuses a grid with holes', async () => {
    await expect(probeReport({ ...grid, cells: grid.cells.slice(1) })).rejects.toThrow(/one per layer and noise level/);
  });
});

describe('confusionChart', () => {
  it('writes the share of each label in per cent, and nothing where it is 0', async () => {
    const counts = new Uint32Array([300, 1, 0, 2]);
    const svg = await confusionChart({ classes: 2, counts, recall: new Float64Array(2) }, { names: ['cat', 'dog'] });
    const texts = elements(svg, 'g[aria-label=text] text').map(({ textContent }) => textContent);
    expect(texts).toEqual(['100', '<1', '100']);
    await expect(
      confusionChart({ classes: 2, counts, recall: new Float64Array(2) }, { names: ['cat'] }),
    ).rejects.toThrow(/names must be of length 2, one per class/);
  });
});

describe('fewShotChart', () => {
  it('draws a line, its points and a deviation for every curve', async () => {
    const points = [1, 10].map((shots) => ({ shots, mean: 0.5, std: 0.1, testAccuracy: [], validationAccuracy: [] }));
    const svg = await fewShotChart({ a: { points }, b: { points } });
    expect(elements(svg, 'g[aria-label=line] path')).toHaveLength(2);
    expect(elements(svg, 'g[aria-label=dot] circle')).toHaveLength(4);
    expect(elements(svg, 'g[aria-label=rule] line')).toHaveLength(4);
    await expect(fewShotChart({})).rejects.toThrow(/curves must be not empty/);
  });
});
