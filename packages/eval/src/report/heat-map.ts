import * as Plot from '@observablehq/plot';
import { check, checkLength, checkNotEmpty, checkOptions, rules } from '@diptych/formats/errors';
import { evalRules } from '../features/eval-rules.ts';
import { pageDocument, toSvg } from './plot-svg.ts';

/** A table of numbers to draw. */
export interface HeatMapOptions {
  /** Names of the rows, top first. */
  rows: readonly string[];
  /** Names of the columns, left first. */
  columns: readonly string[];
  /** Row by row; NaN leaves a cell empty. */
  values: ArrayLike<number>;
  title?: string;
  rowLabel?: string;
  columnLabel?: string;
  /** What is written into a cell. Default: three digits after the point. */
  format?: (value: number) => string;
  /** A cell to frame, e.g. the one that was chosen. */
  highlight?: { row: number; column: number };
  /** The values of the faintest and the strongest color. Default: the smallest and the largest value. */
  domain?: readonly [number, number];
  /** The document that makes the elements. Default: the page's, or one of linkedom's in Node. */
  document?: Document;
}

/**
 * Numbers as colored cells with the numbers in them: accuracy over layers and noise levels, a confusion matrix. Returns
 * an SVG file as text; text takes the color of the page around it.
 *
 * @throws DiptychError if there is not one value per cell, or none is finite.
 * @example
 * const svg = await heatMap({ rows: ['mid', 'out.1'], columns: ['0.02', '0.2'], values: [0.91, 0.93, 0.95, 0.9] });
 */
export async function heatMap(options: HeatMapOptions): Promise<string> {
  checkOptions('heatMap', options, {
    rows: rules.required(rules.list(rules.text)),
    columns: rules.required(rules.list(rules.text)),
    values: rules.required(rules.list(evalRules.number)),
    title: rules.text,
    rowLabel: rules.text,
    columnLabel: rules.text,
    format: rules.callback,
    highlight: rules.having('{ row, column }', 'row', 'column'),
    domain: rules.list(rules.finite),
    document: evalRules.document,
  });
  const { rows, columns, values, title = '', format = (value) => value.toFixed(3), highlight } = options;
  const where = 'heatMap';
  checkNotEmpty(where, { rows, columns });
  const size = rows.length * columns.length;
  checkLength(where, { values }, size, 'one per cell');
  const finite = Array.from(values).filter(Number.isFinite);
  check(finite.length > 0, where, 'values', 'finite somewhere', values);
  const [low, high] = options.domain ?? [Math.min(...finite), Math.max(...finite)];

  const cells = Array.from(values, (value, i) => ({
    row: Math.floor(i / columns.length),
    column: i % columns.length,
    value,
  }));
  const drawn = cells.filter(({ value }) => Number.isFinite(value));
  const framed = cells.filter(({ row, column }) => row === highlight?.row && column === highlight.column);
  const widest = Math.max(...rows.map((name) => name.length));
  // Dark letters on the light half of the colors and the other way round.
  const ink = ({ value }: { value: number }) => ((value - low) / (high - low || 1) > 0.55 ? 'white' : '#1b1b1f');

  const figure = Plot.plot({
    document: options.document ?? (await pageDocument()),
    width: 40 + 7 * widest + Math.max(56, 8 * Math.max(...columns.map((name) => name.length))) * columns.length,
    height: 74 + 30 * rows.length,
    marginBottom: 40,
    marginLeft: 24 + 7 * widest,
    marginTop: 30,
    padding: 0.04,
    x: {
      type: 'band',
      domain: columns.map((_, i) => i),
      tickFormat: (i: number) => columns[i],
      label: options.columnLabel ?? null,
    },
    y: {
      type: 'band',
      domain: rows.map((_, i) => i),
      tickFormat: (i: number) => rows[i],
      label: options.rowLabel ?? null,
    },
    color: { type: 'linear', scheme: 'YlGnBu', domain: low === high ? [low - 1, high + 1] : [low, high] },
    marks: [
      Plot.cell(drawn, { x: 'column', y: 'row', fill: 'value', rx: 3 }),
      Plot.cell(framed, { x: 'column', y: 'row', fill: 'none', stroke: '#e4572e', strokeWidth: 2.5, rx: 3 }),
      Plot.text(drawn, { x: 'column', y: 'row', text: ({ value }) => format(value), fill: ink, fontSize: 12 }),
    ],
  });
  return toSvg(figure, title || 'heat map');
}
