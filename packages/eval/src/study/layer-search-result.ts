import { checkIn } from '@diptych/formats/errors';
import { textTable } from '../report/text-table.ts';

/** What became of one candidate. */
export interface LayerSearchRow {
  /** Name of the layer; undefined for the baseline. */
  layer?: string;
  /** Mean loss on the held-out images, with the running average of the weights if there is one. */
  heldOutLoss: number;
  /** Mean training loss of the last tenth of the steps. */
  trainingLoss: number;
  /** Numbers that training changes. */
  parameters: number;
  /** Milliseconds of a step, on average. */
  msPerStep: number;
  /** What the judge gave. */
  scores: Readonly<Record<string, number>>;
}

/** All candidates side by side. */
export interface LayerSearchResult {
  /** In the order of `layers`, the baseline first. */
  rows: readonly LayerSearchRow[];
  /** The layer with the lowest held-out loss; undefined if no loss is finite. */
  best?: string;
  /** The table as text, one line for each row. */
  toString(): string;
  /** An SVG file of one column over the layers, by default of the held-out loss; the baseline is a level line. */
  plot(column?: string): Promise<string>;
}

const own = ['heldOutLoss', 'trainingLoss', 'parameters', 'msPerStep'] as const;

/** The table, the plot and the winner of some rows. */
export function layerSearchResult(rows: readonly LayerSearchRow[]): LayerSearchResult {
  const candidates = rows.filter(({ layer }) => layer !== undefined);
  const finite = candidates.filter(({ heldOutLoss }) => Number.isFinite(heldOutLoss));
  const best = finite.sort((a, b) => a.heldOutLoss - b.heldOutLoss)[0]?.layer;
  const scores = [...new Set(rows.flatMap((row) => Object.keys(row.scores)))];
  const columns = [...own, ...scores];
  const value = (row: LayerSearchRow, column: string) =>
    (own as readonly string[]).includes(column) ? row[column as (typeof own)[number]] : row.scores[column];

  const text = () => {
    const cells = rows.map((row) => [
      row.layer ?? 'none',
      ...columns.map((column) => shown(column, value(row, column))),
    ]);
    return textTable([['layer', 'held-out loss', 'training loss', 'parameters', 'ms per step', ...scores], ...cells]);
  };
  const plot = async (column = 'heldOutLoss') => {
    checkIn('layerSearch', { column }, columns);
    // Loaded when it is wanted: a training without plots needs no plotting library.
    const { lineChart } = await import('../report/line-chart.ts');
    const x = candidates.map((_, i) => i + 1);
    const baseline = rows.find(({ layer }) => layer === undefined);
    const level = baseline && { name: 'none', x, y: x.map(() => value(baseline, column)) };
    return lineChart({
      series: [{ name: column, x, y: candidates.map((row) => value(row, column)) }, ...(level ? [level] : [])],
      title: `${column} by layer of self-conditioning`,
      xLabel: 'layer',
      xNames: candidates.map(({ layer }) => String(layer)),
      yLabel: column,
      dots: true,
    });
  };
  return { rows, best, toString: text, plot };
}

function shown(column: string, value: number | undefined): string {
  if (value === undefined) return '';
  if (column === 'parameters') return value.toLocaleString('en');
  return column === 'msPerStep' ? value.toFixed(1) : value.toFixed(4);
}
