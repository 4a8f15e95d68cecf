import { checkLength, checkOptions, checkRule, rules, type Rule } from '@diptych/formats/errors';
import type { FewShotCurve } from '../probes/few-shot/few-shot-curve.ts';
import type { GridCell, GridOutcome } from '../probes/grid/probe-grid.ts';
import { probeRecord } from '../probes/parts/probe-record.ts';
import type { RecordDetails } from '../probes/parts/probe-record.ts';
import { confusionChart } from './confusion-chart.ts';
import { checkCurves, fewShotChart } from './few-shot-chart.ts';
import { heatMap } from './heat-map.ts';
import { htmlReport } from './html-report.ts';
import type { ReportSection } from './html-report.ts';
import { lineChart } from './line-chart.ts';

/** What goes onto the page beside the grid. */
export interface ProbeReportOptions {
  title?: string;
  /** Names of the classes. Default: their numbers. */
  classNames?: readonly string[];
  /** Few-shot curves by name. */
  fewShot?: Readonly<Record<string, Pick<FewShotCurve<unknown>, 'points'>>>;
  /** Pictures: sample grids, nearest neighbors. */
  images?: readonly { png: Uint8Array; alt: string; caption?: string }[];
  /** What the record holds beside the grid: the hash of a checkpoint, the command. */
  details?: RecordDetails;
}

/**
 * A grid of probes as one self-contained HTML page: accuracy over layers and noise levels as a heat map and as curves, the
 * confusion matrix of the chosen cell, few-shot curves, pictures, and the record that repeats the figures.
 *
 * @throws DiptychError if the grid is empty or names do not fit.
 * @example
 * await writeFile('probe.html', await probeReport(grid, { classNames: train.classes }));
 */
export async function probeReport(
  grid: GridOutcome<{ name: string }, GridCell>,
  options: ProbeReportOptions = {},
): Promise<string> {
  const {
    title = 'Linear probe',
    classNames,
    fewShot = {},
    images = [],
    details,
  } = checkOptions('probeReport', options, {
    title: rules.text,
    classNames: rules.list(rules.text),
    fewShot: rules.record,
    images: rules.list(rules.having('{ png, alt }', 'png', 'alt')),
    details: rules.record,
  });
  checkCurves('probeReport', fewShot);
  checkGrid(grid);
  const { taps, sigmas, cells, best, protocol, counts } = { ...grid, counts: grid.best.counts };
  checkLength('probeReport', { cells }, taps.length * sigmas.length, 'one per layer and noise level');
  const percent = (value: number) => (100 * value).toFixed(1);
  const highlight = { row: taps.indexOf(best.tap), column: sigmas.indexOf(best.sigma) };
  const map = (values: number[], name: string) =>
    heatMap({
      rows: taps,
      columns: sigmas.map(String),
      values,
      title: name,
      rowLabel: 'layer',
      columnLabel: 'noise level',
      format: percent,
      highlight,
    });
  const series = taps.map((tap) => {
    const row = cells.filter((cell) => cell.tap === tap).sort((a, b) => a.sigma - b.sigma);
    return { name: tap, x: row.map(({ sigma }) => sigma), y: row.map(({ testAccuracy }) => testAccuracy) };
  });
  const sections: ReportSection[] = [
    {
      heading: 'Layers and noise levels',
      parts: [
        {
          text: `Accuracy in per cent. The framed cell was chosen by its accuracy on ${counts.validation} validation images; its accuracy on ${counts.test} test images is the figure to report.`,
        },
        {
          chart: {
            svg: await map(
              cells.map((cell) => cell.validationAccuracy),
              'validation accuracy',
            ),
            caption: 'Validation: what the choice was made by.',
          },
        },
        {
          chart: {
            svg: await map(
              cells.map((cell) => cell.testAccuracy),
              'test accuracy',
            ),
            caption: 'Test: not to be chosen by.',
          },
        },
      ],
    },
  ];
  if (sigmas.length > 1) {
    const xLog = sigmas.every((sigma) => sigma > 0);
    const svg = await lineChart({
      series,
      title: 'test accuracy',
      xLabel: 'noise level',
      yLabel: 'test accuracy',
      xLog,
      dots: true,
    });
    sections.push({
      heading: 'Curves',
      parts: [{ chart: { svg, caption: 'Test accuracy against the noise level.' } }],
    });
  }
  const confusion = await confusionChart(best.confusion, { names: classNames });
  sections.push({
    heading: 'Confusion matrix',
    parts: [{ chart: { svg: confusion, caption: `Test images, layer ${best.tap} at noise level ${best.sigma}.` } }],
  });
  if (Object.keys(fewShot).length > 0) {
    const svg = await fewShotChart(fewShot);
    const caption = 'Mean and deviation over the draws of labeled images.';
    sections.push({ heading: 'Few-shot accuracy', parts: [{ chart: { svg, caption } }] });
  }
  if (images.length > 0) sections.push({ heading: 'Samples', parts: images.map((image) => ({ image })) });
  if (grid.warnings.length > 0) {
    sections.push({ heading: 'Warnings', parts: grid.warnings.map((text) => ({ text })) });
  }
  sections.push({ heading: 'Reproduce', parts: [{ code: probeRecord(withoutCells(grid), details) }] });
  return htmlReport({
    title,
    subtitle: `protocol ${protocol.name}, ${counts.train} training images, ${best.classes} classes`,
    figures: [
      { label: 'test accuracy', value: `${percent(best.testAccuracy)} %`, note: `of ${counts.test} images` },
      { label: 'layer', value: best.tap, note: 'chosen by validation' },
      { label: 'noise level', value: String(best.sigma), note: 'chosen by validation' },
      { label: 'validation accuracy', value: `${percent(best.validationAccuracy)} %` },
    ],
    sections,
  });
}

/** The cells are drawn on the page already; their trials and matrices would fill it. */
function withoutCells({ cells: _, best, ...grid }: GridOutcome<{ name: string }, GridCell>): object {
  const { confusion: __, ...figures } = best;
  return { ...grid, best: figures };
}

function checkGrid(grid: GridOutcome<{ name: string }, GridCell>): void {
  const where = 'probeReport';
  const parts = ['taps', 'sigmas', 'cells', 'best', 'protocol', 'warnings'] as const;
  checkRule(where, 'grid', rules.having('the outcome of linearProbeGrid or of ddaeProbeGrid', ...parts), grid);
  const cell = rules.having('a cell { tap, sigma, validationAccuracy, testAccuracy }', 'tap', 'sigma', 'testAccuracy');
  const known: Record<(typeof parts)[number], Rule> = {
    taps: rules.list(rules.text),
    sigmas: rules.list(rules.nonNegative),
    cells: rules.list(cell),
    best: rules.having('one of the cells', 'tap', 'sigma', 'confusion', 'counts', 'testAccuracy', 'validationAccuracy'),
    protocol: rules.having('a protocol with a name', 'name'),
    warnings: rules.list(rules.text),
  };
  for (const part of parts) checkRule(where, `grid.${part}`, known[part], grid[part]);
}
