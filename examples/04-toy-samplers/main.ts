/**
 * Every sampler of the library on two moons, whose perfect denoiser is a formula: what each makes of the same number of network calls.
 *
 *     pnpm example 04-toy-samplers [--samples 4000] [--calls 8,16,32,64] [--out runs/samplers] [--write-docs]
 *
 * Prints errors against the number of calls: of solvers of the ODE the median distance to the exact end points of the same starts, of stochastic
 * samplers the distance of their distribution from the data's (sliced Wasserstein). Draws all samplers side by side and the errors as
 * curves; with --write-docs into docs/images and docs/choose/sampler.md.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { saveBytes } from '@diptych/data/node';
import { tellErrors } from '@diptych/formats/node';
import { foldIn, heun, karrasSigmas, key, normalArray, sample, type Sampler } from '@diptych/core';
import { integers } from '@diptych/core/random';
import { lineChart } from '@diptych/eval/report';
import { pickBackend } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { contactSheet } from './contact-sheet.ts';
import { denoise, moons } from './moons.ts';
import { contestants, sigmaMax, sigmaMin } from './samplers.ts';
import { slicedDistance } from './sliced-distance.ts';

tellErrors('04-toy-samplers');
const { values: flags } = parseArgs({
  options: {
    samples: { type: 'string', default: '4000' },
    calls: { type: 'string', default: '8,16,32,64' },
    out: { type: 'string', default: 'runs/samplers' },
    'write-docs': { type: 'boolean', default: false },
  },
});
const samples = Number(flags.samples);
const budgets = flags.calls.split(',').map(Number);
await pickBackend();

/** Draws from the data themselves. */
const data = (n: number, seed: number) => {
  const which = integers(foldIn(key(seed), 0), n, moons.length);
  const noise = normalArray(foldIn(key(seed), 1), 2 * n);
  return Array.from(noise, (z, i) => moons[which[i >> 1]!]!.mean[i % 2]! + moons[which[i >> 1]!]!.std * z);
};
const truth = data(samples, 1);
const floor = slicedDistance(data(samples, 2), truth);

const rows: { name: string; kind: string; calls: number[]; errors: number[] }[] = [];
const panels: { title: string; points: ArrayLike<number> }[] = [{ title: 'the data', points: truth }];
// The start of every run: the data with the noise of the first level, so that the grid's own end is all that is judged.
const noisy = data(samples, 3).map((value, i) => value + sigmaMax * normalArray(key(4), 2 * samples)[i]!);
const round = (error: number) => String(Number(error.toPrecision(2)));
const initial = tf.tensor2d(noisy, [samples, 2]);

/** Runs a sampler; a grid that does not end at 0 is ended by one more call. Returns points and calls. */
async function run(sampler: Sampler, sigmas: number[]): Promise<{ points: Float32Array; calls: number }> {
  let calls = 0;
  const onProgress = ({ evaluations }: { evaluations: number }) => (calls = evaluations);
  let x = await sample(sampler, denoise, { sigmas, initial, key: key(5), onProgress });
  const last = sigmas.at(-1)!;
  if (last > 0) {
    const state = x;
    x = tf.tidy(() => denoise(state, last));
    state.dispose();
    calls++;
  }
  const points = (await x.data()) as Float32Array;
  x.dispose();
  return { points, calls };
}

const { points: exact } = await run(heun(), karrasSigmas(300, { sigmaMin, sigmaMax }));
/** Median distance of points from the exact end points. */
const offBy = (points: ArrayLike<number>) =>
  Float64Array.from({ length: samples }, (_, i) =>
    Math.hypot(points[2 * i]! - exact[2 * i]!, points[2 * i + 1]! - exact[2 * i + 1]!),
  ).sort()[samples >> 1]!;

console.log(`${'sampler'.padEnd(46)}${budgets.map((n) => `${n} calls`.padStart(14)).join('')}`);
for (const { name, kind, make } of contestants) {
  const row = { name, kind, calls: [] as number[], errors: [] as number[] };
  const chance = kind === 'stochastic' || kind === 'distilled';
  for (const budget of budgets) {
    const { sampler, sigmas } = make(budget);
    const { points, calls } = await run(sampler, sigmas);
    row.calls.push(calls);
    row.errors.push(chance ? slicedDistance(points, truth) : offBy(points));
    if (budget === budgets[Math.min(1, budgets.length - 1)]) panels.push({ title: `${name}, ${calls}`, points });
  }
  rows.push(row);
  const cells = row.errors.map((error, i) => `${round(error)} (${row.calls[i]})`.padStart(14));
  console.log(name.padEnd(46) + cells.join(''));
}
console.log('data against data, as the stochastic ones'.padEnd(46) + round(floor).padStart(9));

const chart = await lineChart({
  series: ['euler()', 'heun()', 'dpmSolverPP()', 'uniPc()', 'deis()', 'dpmSolver()'].map((name) => {
    const row = rows.find((row) => row.name === name)!;
    return { name, x: row.calls, y: row.errors };
  }),
  title: 'Distance from the exact end point against calls of the network',
  xLabel: 'calls of the network',
  yLabel: 'median distance from the exact end point',
  xLog: true,
  yLog: true,
  dots: true,
});

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = flags['write-docs'] ? `${root}docs/images` : flags.out;
await saveBytes(`${folder}/samplers.svg`, contactSheet(panels));
await saveBytes(`${folder}/samplers-error.svg`, chart);
if (flags['write-docs']) {
  const page = `${root}docs/choose/sampler.md`;
  const head = (title: string) => [
    `| ${title} | ${budgets.map((n) => `${n} calls`).join(' | ')} |`,
    `| --- | ${budgets.map(() => '---').join(' | ')} |`,
  ];
  const lines = (...kinds: string[]) =>
    rows
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ name, calls, errors }) => {
        const cells = errors.map((error, i) => round(error) + (calls[i] === budgets[i] ? '' : ` (${calls[i]})`));
        return `| \`${name}\` | ${cells.join(' | ')} |`;
      });
  const table = [
    ...[...head('solver of the ODE'), ...lines('deterministic', 'adaptive'), ''],
    ...[...head('stochastic sampler'), ...lines('stochastic', 'distilled')],
    `| data against data | ${budgets.map(() => round(floor)).join(' | ')} |`,
  ];
  const [before, , after] = readFileSync(page, 'utf8').split(/<!-- (?:table|end of table) -->/);
  await saveBytes(page, `${before}<!-- table -->\n\n${table.join('\n')}\n\n<!-- end of table -->${after}`);
}
console.log(`\n${panels.length} panels: ${folder}/samplers.svg`);
