import * as Plot from '@observablehq/plot';
import { checkNotEmpty, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { evalRules } from '../features/eval-rules.ts';
import type { FewShotCurve } from '../probes/few-shot/few-shot-curve.ts';
import { pageDocument, toSvg } from './plot-svg.ts';

/** Few-shot curves to draw. */
export interface FewShotChartOptions {
  title?: string;
  width?: number;
  height?: number;
  /** The document that makes the elements. Default: the page's, or one of linkedom's in Node. */
  document?: Document;
}

const colors = ['#2f6fb0', '#e4572e', '#3a9d6a', '#8a5cc4', '#c79a1b', '#5f6b76'];

/**
 * Test accuracy against labeled images per class, with one deviation over the draws up and down. Returns an SVG file as text.
 *
 * @throws DiptychError if there is no curve.
 * @example
 * const svg = await fewShotChart({ pixels: fewShotCurve(pixels, { key }), features: fewShotCurve(features, { key }) });
 */
export async function fewShotChart(
  curves: Readonly<Record<string, Pick<FewShotCurve<unknown>, 'points'>>>,
  options: FewShotChartOptions = {},
): Promise<string> {
  checkOptions('fewShotChart', options, {
    title: rules.text,
    width: rules.positive,
    height: rules.positive,
    document: evalRules.document,
  });
  checkCurves('fewShotChart', curves);
  const names = Object.keys(curves);
  checkNotEmpty('fewShotChart', { curves: names });
  const points = names.flatMap((name) =>
    curves[name].points.map(({ shots, mean, std }) => ({ name, shots, mean, std })),
  );
  const ticks = [...new Set(points.map(({ shots }) => shots))].sort((a, b) => a - b);
  const longest = Math.max(...names.map((name) => name.length));
  const figure = Plot.plot({
    document: options.document ?? (await pageDocument()),
    width: options.width ?? 640,
    height: options.height ?? 320,
    marginLeft: 56,
    marginTop: 28,
    marginBottom: 40,
    marginRight: 24 + (names.length > 1 ? 7 * longest : 0),
    x: { type: 'log', ticks, tickFormat: String, label: 'labeled images per class' },
    y: { label: 'test accuracy', grid: true, ticks: 6, nice: true },
    color: { domain: names, range: names.map((_, i) => colors[i % colors.length]) },
    marks: [
      Plot.ruleX(points, {
        x: 'shots',
        y1: ({ mean, std }: { mean: number; std: number }) => mean - std,
        y2: ({ mean, std }: { mean: number; std: number }) => mean + std,
        stroke: 'name',
        strokeWidth: 2,
        strokeOpacity: 0.5,
      }),
      Plot.line(points, { x: 'shots', y: 'mean', z: 'name', stroke: 'name', strokeWidth: 2 }),
      Plot.dot(points, { x: 'shots', y: 'mean', fill: 'name', r: 3.5 }),
      ...(names.length > 1
        ? [
            Plot.text(
              points,
              Plot.selectLast({
                x: 'shots',
                y: 'mean',
                z: 'name',
                text: 'name',
                fill: 'name',
                textAnchor: 'start',
                dx: 8,
              }),
            ),
          ]
        : []),
    ],
  });
  return toSvg(figure, options.title ?? 'few-shot curve');
}

/** Few-shot curves by their names. */
export function checkCurves(where: string, curves: Parameters<typeof fewShotChart>[0]): void {
  checkRule(where, 'curves', rules.record, curves);
  const point = rules.having('{ shots, mean, std }', 'shots', 'mean', 'std');
  for (const [name, curve] of Object.entries(curves)) {
    checkRule(where, `curves[${JSON.stringify(name)}]`, rules.having('a few-shot curve', 'points'), curve);
    checkRule(where, `points of ${name}`, rules.list(point), curve.points);
  }
}
