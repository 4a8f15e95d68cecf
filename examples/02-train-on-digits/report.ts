import { writeFile } from 'node:fs/promises';
import type { Batch } from '@diptych/core';
import { all, beside, contactSheet, encodePng, subset, type Dataset } from '@diptych/data';
import type { ProbeGrid } from '@diptych/eval';
import { heatMap, htmlReport, lineChart } from '@diptych/eval/report';
import type { TrainEvent } from '@diptych/trainer';
import type { files } from './run-folder.ts';

/** What the report is made of. */
export interface ReportInput {
  title: string;
  command: string;
  rows: readonly (readonly [string, string, string])[];
  events: readonly Pick<TrainEvent, 'step' | 'loss'>[];
  samples: Batch;
  real: Dataset;
  grid: ProbeGrid;
  metrics: object;
}

/** Writes samples beside real digits, curves, heat map, metrics, and one page that holds them all. */
export async function writeReport(paths: ReturnType<typeof files>, input: ReportInput): Promise<void> {
  const { events, grid, rows } = input;
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
    title: input.title,
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
  await writeFile(paths.samples, png);
  await writeFile(paths.loss, loss);
  await writeFile(paths.probe, probe);
  await writeFile(paths.metrics, JSON.stringify(input.metrics, null, 2) + '\n');
  await writeFile(paths.report, html);
}

async function samplesBesideReal(samples: Batch, real: Dataset) {
  const shown = Math.min(100, samples.shape[0]);
  const size = samples.shape.slice(1).reduce((product, side) => product * side, 1);
  const drawn = { x: samples.x.subarray(0, shown * size), shape: [shown, ...samples.shape.slice(1)] as never };
  const look = { columns: 10, scale: 6 };
  const byClass = await all(subset(real, await oneClassAColumn(real, shown)));
  return beside([
    contactSheet(drawn, { ...look, title: 'samples' }),
    contactSheet(byClass, { ...look, title: 'real' }),
  ]);
}

/** Positions of real digits 0, 1, …, 9, 0, 1, …: the order of the samples. */
async function oneClassAColumn(real: Dataset, count: number): Promise<number[]> {
  const { label } = await all(real);
  const positions = Array.from({ length: 10 }, (_, digit) => [...label!.keys()].filter((i) => label![i] === digit));
  return Array.from({ length: count }, (_, i) => positions[i % 10][Math.floor(i / 10)]);
}
