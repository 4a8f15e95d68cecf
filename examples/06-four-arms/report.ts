import { saveBytes } from '@diptych/data/node';
import { join } from 'node:path';
import { htmlReport, lineChart } from '@diptych/eval/report';
import { arms } from './arms.ts';
import type { ArmResult } from './run-arm.ts';
import { markdown, measures, summary, tableOf } from './summary.ts';

export interface ReportInput {
  results: readonly ArmResult[];
  /** A contact sheet (PNG) of each arm, by name. */
  sheets: ReadonlyMap<string, Uint8Array>;
  command: string;
}

/** Writes results.json, table.md, report.html and its two charts; returns the table. */
export async function writeReport(out: string, { results, sheets, command }: ReportInput) {
  const rows = summary(results);
  const table = tableOf(rows);
  const [{ steps, backend, heldOutDistance, samples }] = results;
  const seeds = results.length / arms.length;
  const of = (arm: string) => results.filter((result) => result.arm === arm);
  const plane = await lineChart({
    series: arms.map(({ name }) => {
      const runs = of(name).sort((a, b) => a.frechetDistance - b.frechetDistance);
      return { name, x: runs.map((run) => run.frechetDistance), y: runs.map((run) => 100 * run.probe) };
    }),
    xLabel: 'FD-digits of samples (lower is better)',
    yLabel: 'linear probe, % of test digits',
    dots: true,
    lines: false,
  });
  const mean = (curves: ArmResult['curve'][], i: number) => curves.reduce((sum, c) => sum + c[i].loss, 0) / seeds;
  const curves = await lineChart({
    series: arms.map(({ name }) => {
      const lines = of(name).map(({ curve }) => curve);
      return { name, x: lines[0].map(({ step }) => step), y: lines[0].map((_, i) => mean(lines, i)) };
    }),
    xLabel: 'step',
    yLabel: 'denoising loss, mean over the seeds',
    yLog: true,
  });
  const runs = results.map((run) => [
    run.arm,
    run.seed,
    ...measures.map(({ name, show }) => show(run[name])),
    `${run.probeTap} at ${run.probeSigma}`,
    run.parameters,
    Math.round(run.seconds),
  ]);
  const html = htmlReport({
    title: 'Four arms on the digits',
    subtitle: `Self-conditioning and contrastive self-distillation, ${seeds} seeds, ${steps} steps each (${backend}).`,
    sections: [
      {
        heading: 'Mean and standard deviation over the seeds',
        parts: [
          { table },
          {
            text: `Differences are taken seed by seed. FD-digits is of ${samples} samples; that of held-out digits is ${heldOutDistance.toFixed(2)}.`,
          },
          { chart: { svg: plane, caption: 'Every run: left is the better generator, up the better recogniser.' } },
        ],
      },
      {
        heading: 'Training',
        parts: [{ chart: { svg: curves, caption: 'Denoising loss of the training batches.' } }, { code: command }],
      },
      {
        heading: 'Every run',
        parts: [
          {
            table: {
              columns: ['arm', 'seed', ...measures.map(({ label }) => label), 'probed at', 'parameters', 'seconds'],
              rows: runs,
            },
          },
        ],
      },
      {
        heading: 'Samples',
        parts: [...sheets].map(([arm, png]) => ({
          image: { png, alt: `samples of ${arm}`, caption: `${arm}, seed 0` },
        })),
      },
    ],
    footer:
      'Digits: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (1998), UCI Machine Learning Repository, doi:10.24432/C50P49, CC BY 4.0.',
  });
  await saveBytes(join(out, 'objective-plane.svg'), plane);
  await saveBytes(join(out, 'objective-curves.svg'), curves);
  await saveBytes(join(out, 'table.md'), markdown(table));
  await saveBytes(join(out, 'results.json'), JSON.stringify({ command, arms: rows, runs: results }, null, 2) + '\n');
  await saveBytes(join(out, 'report.html'), html);
  return table;
}
