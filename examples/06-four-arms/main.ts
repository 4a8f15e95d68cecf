/**
 * Does feature self-conditioning help, does contrastive self-distillation, and do both together? The network of the
 * quickstart, trained four ways with several seeds on the UCI digits, each judged as a generator (FD-digits) and as a
 * recogniser (linear probe).
 *
 *     pnpm example 06-four-arms [--steps 2000] [--seeds 3] [--out runs/four-arms]
 */
import { contactSheet, digitSplits, encodePng, subset } from '@diptych/data';
import { check } from '@diptych/formats/errors';
import { tellErrors } from '@diptych/formats/node';
import { pickBackend } from '@diptych/ops';
import type { Checkpoint } from '@diptych/trainer';
import { stopSignal } from '@diptych/trainer/node';
import { duration, table as columns } from '../02-train-on-digits/terminal.ts';
import * as recipe from '../02-train-on-digits/recipe.ts';
import { arms } from './arms.ts';
import { readOptions, type FourArmsOptions } from './options.ts';
import { writeReport } from './report.ts';
import { runArm, type ArmResult } from './run-arm.ts';
import { cutAt, finished, keep, keepCheckpoint, openStudy, sheetOf } from './study-folder.ts';

/** Steps that a study cut short loses at most. */
const saveEvery = 500;

async function fourArms({ steps, seeds, samples, images, out, backend: force }: FourArmsOptions): Promise<number> {
  const start = performance.now();
  const backend = await pickBackend({ force });
  await using _lock = await openStudy(out);
  using stop = stopSignal(); // Ctrl-C, or SIGTERM
  const whole = digitSplits();
  check(images <= whole.train.length, 'four-arms', '--images', `at most ${whole.train.length}`, images);
  const splits = { ...whole, train: subset(whole.train, { to: images }) };
  const results: ArmResult[] = [];
  // Seed by seed, so that a study cut short has compared all arms on the seeds it got to.
  for (let seed = 0; seed < seeds; seed++) {
    for (const arm of arms) {
      const kept = await finished(out, { arm: arm.name, seed, steps, samples, images, backend });
      if (kept) {
        console.log(`${arm.name}, seed ${seed}: kept`);
        results.push(kept);
        continue;
      }
      const onStep = (step: number, loss: number) => {
        if (step % 500 === 0) console.log(`  ${arm.name}, seed ${seed}: step ${step}, loss ${loss.toFixed(4)}`);
      };
      const id = { arm: arm.name, seed };
      const resume = await cutAt(out, id);
      if (resume) console.log(`${arm.name}, seed ${seed}: goes on from step ${resume.state.step}`);
      const save = (checkpoint: Checkpoint) => keepCheckpoint(out, id, checkpoint);
      const run = await runArm({
        arm,
        seed,
        steps,
        samples,
        splits,
        backend,
        onStep,
        resume,
        save,
        saveEvery,
        signal: stop.signal,
      }).catch((error: unknown) => {
        if (stop.signal.aborted) return undefined;
        throw error;
      });
      if (!run) {
        console.log(`stopped; what is done is in ${out}, and the same command goes on from it`);
        return stop.exitCode!;
      }
      const { x, shape } = run.samples;
      const shown = Math.min(40, samples);
      const ink = Float32Array.from(x.subarray(0, shown * 64), (level) => -level);
      const sheet = contactSheet({ x: ink, shape: [shown, ...shape.slice(1)] as never }, { columns: 10, scale: 4 });
      await keep(out, run.result, encodePng(sheet));
      results.push(run.result);
      const { frechetDistance, probe, seconds } = run.result;
      const figures = `FD-digits ${frechetDistance.toFixed(2)}, probe ${(100 * probe).toFixed(1)} %`;
      console.log(`${arm.name}, seed ${seed}: ${figures}, ${duration(seconds)}`);
    }
  }
  const sheets = new Map<string, Uint8Array>();
  for (const { name } of arms) sheets.set(name, await sheetOf(out, { arm: name, seed: 0 }));
  const command = `pnpm example 06-four-arms ${process.argv.slice(2).join(' ')}`.trim();
  const { columns: head, rows } = await writeReport(out, { results, sheets, command });
  console.log(
    `\n${columns([head, ...rows])}\n\n${duration((performance.now() - start) / 1000)}; look at ${out}/report.html`,
  );
  return 0;
}

tellErrors('four-arms');
process.exitCode = await fourArms(readOptions(recipe.training.steps));
