import { digitSplits } from '@diptych/data';
import { describe, expect, it } from 'vitest';
import { digitFeatures, extractFeatures, frechetDistance } from '../index.ts';
import { heatMap, htmlReport, lineChart } from './index.ts';

describe('in a browser', () => {
  it('charts are drawn with the page itself, and the page shows them', async () => {
    const map = await heatMap({ rows: ['a', 'b'], columns: ['x', 'y'], values: [1, 2, 3, 4] });
    const curve = await lineChart({ series: [{ name: 'l', x: [1, 2, 3], y: [1, 4, 9] }] });
    const parts = [map, curve].map((svg) => ({ chart: { svg } }));
    const frame = document.createElement('iframe');
    frame.srcdoc = htmlReport({ title: 'both', sections: [{ heading: 'charts', parts }] });
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
    document.body.append(frame);
    await loaded;
    const page = frame.contentDocument!;
    expect(page.querySelectorAll('figure svg')).toHaveLength(2);
    expect(page.querySelectorAll('rect').length).toBeGreaterThanOrEqual(4);
    expect(page.querySelector('svg')!.getBoundingClientRect().width).toBeGreaterThan(50);
    frame.remove();
  });

  it('FD-digits is the number that Node finds', async () => {
    const { train, test } = digitSplits();
    const network = digitFeatures();
    const distance = frechetDistance(await extractFeatures(network, test), await extractFeatures(network, train));
    expect(distance).toBeCloseTo(6.435866175387389, 9);
  });
});
