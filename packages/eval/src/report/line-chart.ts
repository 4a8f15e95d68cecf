import * as Plot from '@observablehq/plot';
import { check, checkLength, checkNotEmpty, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { evalRules } from '../features/eval-rules.ts';
import { pageDocument, toSvg } from './plot-svg.ts';

/** One line. */
export interface LineSeries {
  name: string;
  x: ArrayLike<number>;
  /** Where it is not finite, the line has a gap. */
  y: ArrayLike<number>;
}

/** Lines to draw. */
export interface LineChartOptions {
  series: readonly LineSeries[];
  title?: string;
  xLabel?: string;
  yLabel?: string;
  /** Logarithmic axes, for positive numbers. Default false. */
  xLog?: boolean;
  yLog?: boolean;
  /** Points that a running mean takes in; the raw line then stays behind it, faint. Default 1: no mean. */
  smooth?: number;
  /** A dot at every point. Default false. */
  dots?: boolean;
  /** A line through the points of a series. Default true; false, with `dots`, for points that have no order. */
  lines?: boolean;
  /** Names of values on the x axis, which then has these marks alone: `['in.0', 'mid']` for 1 and 2. */
  xNames?: readonly string[];
  width?: number;
  height?: number;
  /** The document that makes the elements. Default: the page's, or one of linkedom's in Node. */
  document?: Document;
}

interface Point {
  x: number;
  y: number;
  name: string;
}

const colors = ['#2f6fb0', '#e4572e', '#3a9d6a', '#8a5cc4', '#c79a1b', '#5f6b76'];

/**
 * Curves over a common axis: a loss over steps, a score over noise levels. Returns an SVG file as text; text takes the
 * color of the page around it.
 *
 * @throws DiptychError if there is no series, x and y are not of one length, or nothing can be drawn.
 * @example
 * const svg = await lineChart({ series: [{ name: 'loss', x: [0, 1, 2], y: [3, 2, 1.5] }], xLabel: 'step', yLog: true });
 */
export async function lineChart(options: LineChartOptions): Promise<string> {
  checkOptions('lineChart', options, {
    series: rules.required(rules.list(rules.having('{ name, x, y }', 'name', 'x', 'y'))),
    title: rules.text,
    xLabel: rules.text,
    yLabel: rules.text,
    xLog: rules.flag,
    yLog: rules.flag,
    smooth: rules.count,
    dots: rules.flag,
    lines: rules.flag,
    xNames: rules.list(rules.text),
    width: rules.positive,
    height: rules.positive,
    document: evalRules.document,
  });
  const {
    series,
    title = '',
    xLog = false,
    yLog = false,
    smooth = 1,
    dots = false,
    lines: drawn = true,
    xNames,
  } = options;
  const where = 'lineChart';
  checkNotEmpty(where, { series });
  check(drawn || dots, where, 'lines', 'true unless there are dots', drawn);
  check(!(xLog && xNames), where, 'xNames', 'left out on a logarithmic axis', xNames);
  for (const { name, x, y } of series) {
    checkRule(where, 'name of a series', rules.text, name);
    checkRule(where, `x of ${name}`, rules.list(evalRules.number), x);
    checkRule(where, `y of ${name}`, rules.list(evalRules.number), y);
  }
  for (const { name, x, y } of series) checkLength(where, { [`y of ${name}`]: y }, x.length, 'one per x');

  const usable = ({ x, y }: Point) => Number.isFinite(x) && Number.isFinite(y) && (!xLog || x > 0) && (!yLog || y > 0);
  const pointsOf = ({ name, x }: LineSeries, y: ArrayLike<number>): Point[] =>
    Array.from(x, (value, i) => ({ x: value, y: y[i], name }));
  // A point that cannot be drawn stays as NaN, so that the line breaks there.
  const gaps = (points: Point[]) => points.map((point) => (usable(point) ? point : { ...point, y: NaN }));
  const raw = gaps(series.flatMap((line) => pointsOf(line, line.y)));
  check(raw.some(usable), where, 'series', 'finite (and positive on a logarithmic axis) somewhere', series.length);
  const lines = smooth === 1 ? raw : gaps(series.flatMap((line) => pointsOf(line, runningMean(line.y, smooth))));

  const seen = raw.filter(usable);
  const x = axis(
    xLog,
    8,
    seen.map((point) => point.x),
  );
  const y = axis(
    yLog,
    6,
    seen.map((point) => point.y),
  );
  const figure = Plot.plot({
    document: options.document ?? (await pageDocument()),
    width: options.width ?? 640,
    height: options.height ?? 320,
    marginLeft: 56,
    marginTop: 28,
    marginRight: 24 + (series.length > 1 ? 7 * Math.max(...series.map(({ name }) => name.length)) : 0),
    x: {
      ...x,
      ...(xNames && { ticks: xNames.map((_, i) => i + 1), tickFormat: (value: number) => xNames[value - 1] }),
      label: options.xLabel ?? null,
    },
    y: { ...y, label: options.yLabel ?? null, grid: true },
    color: { domain: series.map(({ name }) => name), range: series.map((_, i) => colors[i % colors.length]) },
    marks: [
      // Named by their own marks: the scale would leave names out where it finds them crowded.
      ...(xLog ? [Plot.axisX([x.ticks].flat(), { text: String })] : []),
      ...(yLog ? [Plot.axisY([y.ticks].flat(), { text: String })] : []),
      ...(smooth > 1
        ? [Plot.line(raw, { x: 'x', y: 'y', z: 'name', stroke: 'name', strokeWidth: 1, strokeOpacity: 0.25 })]
        : []),
      ...(drawn
        ? [Plot.line(lines, { x: 'x', y: 'y', z: 'name', stroke: 'name', strokeWidth: 2, strokeLinejoin: 'round' })]
        : []),
      ...(dots ? [Plot.dot(lines, { x: 'x', y: 'y', fill: 'name', r: 3 })] : []),
      ...(series.length > 1
        ? [
            Plot.text(
              lines.filter(usable),
              Plot.selectLast({
                x: 'x',
                y: 'y',
                z: 'name',
                text: 'name',
                fill: 'name',
                textAnchor: 'start',
                dx: 6,
                fontSize: 12,
              }),
            ),
          ]
        : []),
    ],
  });
  return toSvg(figure, title || 'line chart');
}

/** A linear axis, or a logarithmic one with marks at 1, 2 and 5 of every decade (at 1 alone beyond three decades). */
function axis(log: boolean, ticks: number, values: number[]): { type: 'linear' | 'log'; ticks: number | number[] } {
  if (!log) return { type: 'linear', ticks };
  const drawn = values.filter((value) => Number.isFinite(value) && value > 0);
  const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
  const mantissas = high / low > 1000 ? [1] : [1, 2, 5];
  const marks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
    // Through text, so that 5e-2 is 0.05 and not a sum that looks like it.
    marks.push(...mantissas.map((m) => Number(`${m}e${decade}`)).filter((mark) => mark >= low && mark <= high));
  }
  return { type: 'log', ticks: marks };
}

/** Mean of the last `window` finite values up to each one. */
function runningMean(y: ArrayLike<number>, window: number): Float64Array {
  const kept: number[] = [];
  return Float64Array.from(y, (value) => {
    if (!Number.isFinite(value)) return NaN;
    kept.push(value);
    if (kept.length > window) kept.shift();
    return kept.reduce((sum, one) => sum + one, 0) / kept.length;
  });
}
