import { checkLength, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { evalRules } from '../features/eval-rules.ts';
import type { ConfusionMatrix } from '../probes/parts/confusion-matrix.ts';
import { heatMap } from './heat-map.ts';

/** How a confusion matrix is drawn. */
export interface ConfusionChartOptions {
  /** Names of the classes. Default: their numbers. */
  names?: readonly string[];
  title?: string;
  /** The document that makes the elements. Default: the page's, or one of linkedom's in Node. */
  document?: Document;
}

/**
 * A confusion matrix as colored cells: row the label, column the prediction, in every cell the share of the row's images in
 * per cent (nothing where it is 0). Returns an SVG file as text.
 *
 * @throws DiptychError if there is not one name per class.
 * @example
 * const svg = await confusionChart(grid.best.confusion, { names: classes });
 */
export async function confusionChart(confusion: ConfusionMatrix, options: ConfusionChartOptions = {}): Promise<string> {
  checkOptions('confusionChart', options, {
    names: rules.list(rules.text),
    title: rules.text,
    document: evalRules.document,
  });
  checkRule('confusionChart', 'confusion', evalRules.confusion, confusion);
  const { classes, counts } = confusion;
  const { names = Array.from({ length: classes }, (_, k) => String(k)), title = 'confusion matrix' } = options;
  checkLength('confusionChart', { names }, classes, 'one per class');
  const total = (row: number) => counts.subarray(row * classes, (row + 1) * classes).reduce((a, b) => a + b, 0);
  // What never happens stays empty, off the diagonal.
  const values = Float64Array.from(counts, (count, i) =>
    count === 0 && i % (classes + 1) !== 0 ? NaN : count / total(Math.floor(i / classes)),
  );
  const format = (share: number) => (share > 0 && share < 0.005 ? '<1' : String(Math.round(100 * share)));
  return heatMap({
    rows: names,
    columns: names,
    values,
    title,
    rowLabel: 'label',
    columnLabel: 'prediction, per cent of each label',
    format,
    domain: [0, 1],
    document: options.document,
  });
}
