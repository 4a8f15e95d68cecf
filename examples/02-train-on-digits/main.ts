/**
 * Trains a small self-conditioned UViT on the UCI digits, draws digits from it, and judges it as a generator and as a
 * recogniser. `pnpm quickstart --help` lists the options; recipe.ts holds every choice.
 */
import { readFile } from 'node:fs/promises';
import { key } from '@diptych/core';
import { batches, digitSplits } from '@diptych/data';
import { contrastiveDistillation, denoisingLoss, weightedSum } from '@diptych/losses';
import { UViT } from '@diptych/models';
import { tellErrors } from '@diptych/formats/node';
import { pickBackend } from '@diptych/ops';
import { train, type TrainEvent } from '@diptych/trainer';
import { jsonlLog, type LogGap, saveCheckpoint, stopSignal } from '@diptych/trainer/node';
import { judgeFeatures, judgeSamples, sampleDigits, stageKeys } from './judge.ts';
import { readOptions, type QuickstartOptions } from './options.ts';
import * as recipe from './recipe.ts';
import { writeReport } from './report.ts';
import { files, openFolder } from './run-folder.ts';
import { duration, progressBar, table } from './terminal.ts';

async function quickstart(options: QuickstartOptions): Promise<number> {
  const { steps, seed, out, resume, distill } = options;
  const start = performance.now();
  const backend = await pickBackend({ force: options.backend });
  await using folder = await openFolder(out, resume);
  const { checkpoint } = folder;
  const splits = digitSplits();
  const keys = stageKeys(key(seed));

  // 1. A network, and what it is to learn.
  const network = new UViT({
    ...recipe.network,
    seed,
    ...(options.selfConditioning && { selfConditioning: recipe.selfConditioning }),
  });
  const denoising = denoisingLoss(recipe.diffusion);
  const contrast = contrastiveDistillation({
    diffusion: recipe.diffusion,
    tap: options.selfConditioning ? 'selfConditioning.pooled' : 'mid',
  });
  const ramp = (step: number) => recipe.distillation.weight * Math.min(1, step / recipe.distillation.warmup);
  const objective = distill ? weightedSum([1, denoising], [ramp, contrast]) : denoising;

  // 2. Training: an async iterable of events.
  const { batchSize, ema, clip } = recipe.training;
  using stop = stopSignal(); // Ctrl-C, or SIGTERM
  const run = train({
    network,
    objective,
    data: batches(splits.train, { batchSize, key: keys.order }),
    optimizer: recipe.optimizer,
    learningRate: recipe.learningRate(steps),
    ema,
    clip,
    key: keys.training,
    steps,
    config: {
      seed,
      steps,
      batchSize,
      distill,
      selfConditioning: options.selfConditioning,
      diffusion: recipe.diffusion.name,
    },
    resume: checkpoint,
    signal: stop.signal,
  });
  // Nothing on disk changes before training itself has accepted the checkpoint.
  const first = run[Symbol.asyncIterator]();
  const started = await first.next();
  const aside = await folder.begin();
  if (aside) console.log(`kept the earlier run as ${aside}`);
  const path = files(out);
  const onGap = ({ last, resume }: LogGap) =>
    console.error(`${path.log} ends with step ${last}, the checkpoint is of step ${resume}: its curve has a gap`);
  const log = await jsonlLog(path.log, { resume: checkpoint?.state.step, onGap });
  console.log(`${backend}: ${parameters(network)} parameters, ${steps} steps of ${batchSize} images`);
  const bar = progressBar(steps, checkpoint?.state.step ?? 0);
  let last: TrainEvent | undefined;
  for (let next = started; !next.done; next = await first.next()) {
    last = next.value;
    bar.update(last.step, last.loss, last.imagesPerSecond, last.secondsLeft ?? 0);
    const { imagesPerSecond: _, secondsLeft: __, ...reproducible } = last;
    await log.write(reproducible);
    if (last.step % 500 === 0) {
      await log.sync();
      await saveCheckpoint(path.checkpoint, await run.checkpoint());
    }
  }
  bar.stop();
  await log.sync();
  await log.close();
  await saveCheckpoint(path.checkpoint, await run.checkpoint());
  if (run.step < steps) {
    console.log(`\nstopped after step ${run.step} of ${steps}; the checkpoint is in ${out}, --resume goes on from it`);
    return stop.exitCode ?? 1;
  }

  // 3. Judgement, with the averaged weights. The checkpoint is safe: Ctrl-C just ends from here on.
  stop.dispose();
  console.log('sampling and probing …');
  const samples = await sampleDigits(network, options.samples, keys.samples, run.ema);
  const generated = await judgeSamples(samples, splits, keys.noise);
  const recognised = await judgeFeatures(network, splits, keys.probe, run.ema);
  run.dispose();

  // 4. Report.
  const seconds = (performance.now() - start) / 1000;
  const events = (await readFile(path.log, 'utf8')).trim().split('\n');
  const rows = await writeReport(path, {
    command: `pnpm quickstart ${process.argv.slice(2).join(' ')}`.trim(),
    run: { options, backend, seconds, loss: last?.loss },
    events: events.map((line) => JSON.parse(line) as TrainEvent),
    samples,
    real: splits.train,
    generated,
    recognised,
  });
  console.log(`\n${table(rows)}\n\n${duration(seconds)}; look at ${path.report}`);
  return 0;
}

const parameters = (network: UViT) =>
  Object.values(network.variables())
    .reduce((sum, { size }) => sum + size, 0)
    .toLocaleString('en');

tellErrors('quickstart');
process.exitCode = await quickstart(readOptions(recipe.training.steps));
