import { saveBytes } from '@diptych/data/node';
import type { Batch } from '@diptych/core';
import { toBatch, beside, contactSheet, encodePng, subset, type Dataset } from '@diptych/data';
import { heatMap, htmlReport, lineChart } from '@diptych/eval/report';
import type { TrainEvent } from '@diptych/trainer';
import type { judgeFeatures, judgeSamples } from './judge.ts';
import type { files } from './run-folder.ts';

/** What the report is made of. */
export interface ReportInput {
  command: string;
  /** Facts of the run, for the metrics file. */
  run: object;
  events: readonly Pick<TrainEvent, 'step' | 'loss'>[];
  samples: Batch;
  real: Dataset;
  generated: Awaited<ReturnType<typeof judgeSamples>>;
  recognised: Awaited<ReturnType<typeof judgeFeatures>>;
}

/** Name, value and explanation of each figure. */
function figures({ generated, recognised, real }: ReportInput): [string, string, string][] {
  const { frechetDistance: distance, copying, space, count } = generated;
  const { grid, rawPixels } = recognised;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const chosen = `${grid.best.tap} at sigma ${grid.best.sigma}, chosen on validation`;
  return [
    [`${space} of samples`, distance.samples.toFixed(2), `${count} samples against ${real.length / 2} real digits`],
    [`${space} of held-out digits`, distance.heldOut.toFixed(2), 'the other half of the training digits, for scale'],
    [`${space} of noise`, distance.noise.toFixed(2), 'for scale'],
    ['linear probe', percent(grid.best.testAccuracy), `test accuracy; ${chosen}`],
    ['raw pixels', percent(rawPixels), 'the same probe on pixels'],
    ['distance to training set', `${copying.ratio.toFixed(2)}x`, 'that of unseen digits; well below 1 is copying'],
  ];
}

/** Writes samples beside real digits, curves, heat map, metrics, and one page that holds them all; returns the figures. */
export async function writeReport(paths: ReturnType<typeof files>, input: ReportInput) {
  const { events, generated, recognised } = input;
  const { grid, rawPixels } = recognised;
  const rows = figures(input);
  const png = encodePng(await samplesBesideReal(input.samples, input.real));
  const loss = await lineChart({
    series: [{ name: 'loss', x: events.map(({ step }) => step), y: events.map(({ loss }) => loss) }],
    xLabel: 'step',
    yLabel: 'loss',
    yLog: true,
    smooth: Math.max(1, Math.round(events.length / 50)),
  });
  const probe = await heatMap({
    rows: grid.taps,
    columns: grid.sigmas.map(String),
    values: grid.cells.map((cell) => cell.testAccuracy),
    rowLabel: 'block',
    columnLabel: 'noise level of the input',
    highlight: { row: grid.taps.indexOf(grid.best.tap), column: grid.sigmas.indexOf(grid.best.sigma) },
  });
  const html = htmlReport({
    title: 'Diptych quickstart',
    subtitle: 'A denoising network as a generator and as a recogniser, trained on 1,200 handwritten digits.',
    figures: rows
      .slice(0, 1)
      .concat(rows.slice(3, 4))
      .map(([label, value, note]) => ({ label, value, note })),
    sections: [
      {
        heading: 'Samples',
        parts: [
          {
            image: {
              png,
              alt: 'Samples beside real digits',
              caption: 'Left: drawn by the network, one class a column. Right: real digits.',
            },
          },
        ],
      },
      { heading: 'Figures', parts: [{ table: { columns: ['what', 'value', 'note'], rows } }] },
      {
        heading: 'What its features know',
        parts: [
          {
            chart: {
              svg: probe,
              caption:
                'Test accuracy of a linear probe of each block at each noise level; framed: chosen on validation images.',
            },
          },
        ],
      },
      {
        heading: 'Training',
        parts: [{ chart: { svg: loss, caption: 'Loss of each step and its running mean.' } }, { code: input.command }],
      },
    ],
    footer:
      'Digits: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (1998), UCI Machine Learning Repository, doi:10.24432/C50P49, CC BY 4.0.',
  });
  await saveBytes(paths.samples, png);
  await saveBytes(paths.loss, loss);
  await saveBytes(paths.probe, probe);
  await saveBytes(paths.report, html);
  const { testAccuracy: test, validationAccuracy: validation, tap, sigma } = grid.best;
  const metrics = { ...input.run, ...generated, probe: { test, validation, tap, sigma, rawPixels, cells: grid.cells } };
  await saveBytes(paths.metrics, JSON.stringify(metrics, null, 2) + '\n');
  return rows;
}

async function samplesBesideReal(samples: Batch, real: Dataset) {
  const shown = Math.min(100, samples.shape[0]);
  const size = samples.shape.slice(1).reduce((product, side) => product * side, 1);
  const drawn = { x: samples.x.subarray(0, shown * size), shape: [shown, ...samples.shape.slice(1)] as never };
  const look = { columns: 10, scale: 6 };
  const byClass = await toBatch(subset(real, await oneClassAColumn(real, shown)));
  return beside([
    contactSheet(onPaper(drawn), { ...look, title: 'samples' }),
    contactSheet(onPaper(byClass), { ...look, title: 'real' }),
  ]);
}

/** Dark ink on white paper. */
const onPaper = ({ x, shape }: Pick<Batch, 'x' | 'shape'>) => ({ x: Float32Array.from(x, (level) => -level), shape });

/** Positions of real digits 0, 1, …, 9, 0, 1, …: the order of the samples. */
async function oneClassAColumn(real: Dataset, count: number): Promise<number[]> {
  const { label } = await toBatch(real);
  const positions = Array.from({ length: 10 }, (_, digit) => [...label!.keys()].filter((i) => label![i] === digit));
  return Array.from({ length: count }, (_, i) => positions[i % 10][Math.floor(i / 10)]);
}
