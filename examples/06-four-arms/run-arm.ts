import { key, split, type Batch, type Key } from '@diptych/core';
import { toBatch, type Splits } from '@diptych/data';
import { denoisingLoss, evaluateObjective, tensorBatch } from '@diptych/losses';
import type { UViT } from '@diptych/models';
import { withValues } from '@diptych/ops';
import { train, type Checkpoint, type JsonValue } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { judgeFeatures, judgeSamples, sampleDigits, stageKeys } from '../02-train-on-digits/judge.ts';
import * as recipe from '../02-train-on-digits/recipe.ts';
import { armData, armNetwork, armObjective, type Arm } from './arms.ts';

/** Figures of one training. */
export interface ArmResult {
  arm: string;
  seed: number;
  steps: number;
  samples: number;
  images: number;
  backend: string;
  seconds: number;
  parameters: number;
  /** FD-digits of the samples, and of held-out digits for scale. */
  frechetDistance: number;
  heldOutDistance: number;
  /** Linear probe on test digits; where was chosen on validation digits. */
  probe: number;
  probeTap: string;
  probeSigma: number;
  /** Denoising loss of the test digits, at the same noise levels and with the same noise for every arm and seed. */
  heldOutLoss: number;
  /** Mean denoising loss of each fiftieth of the training. */
  curve: { step: number; loss: number }[];
  /** Last metrics of the training: of the contrastive term and its diagnostics, where there is one. */
  metrics: Record<string, number>;
}

/** What a checkpoint keeps beside the training itself, so that an arm that was cut comes out as if it had not been. */
type Story = Pick<ArmResult, 'curve' | 'metrics' | 'seconds'> & { sum: number };

interface RunArmOptions {
  arm: Arm;
  seed: number;
  steps: number;
  samples: number;
  splits: Splits;
  backend: string;
  onStep: (step: number, loss: number) => void;
  /** Where an earlier start of this arm was cut. */
  resume?: Checkpoint;
  /** Keeps what to go on from; it is called every so many steps, and after the last. */
  save: (checkpoint: Checkpoint) => Promise<void>;
  saveEvery: number;
  /** Ends the training after the step under way. */
  signal?: AbortSignal;
}

/**
 * Trains one arm with one seed, from where it was cut if it was, and judges it with its averaged weights. Saves and throws the signal's
 * reason when it is stopped.
 */
export async function runArm(options: RunArmOptions): Promise<{ result: ArmResult; samples: Batch }> {
  const { arm, seed, steps, splits, backend, onStep, resume, save, saveEvery, signal } = options;
  const start = performance.now();
  const keys = stageKeys(key(seed));
  const network = armNetwork(arm, seed);
  const { ema, clip } = recipe.training;
  const objective = armObjective(arm, steps);
  const run = train({
    network,
    objective,
    data: armData(arm, splits.train, keys.order),
    optimizer: recipe.optimizer,
    learningRate: recipe.learningRate(steps),
    ema,
    clip,
    key: keys.training,
    steps,
    resume,
    signal,
    config: { arm: arm.name, seed, steps, images: splits.train.length, backend },
  });
  const stride = Math.ceil(steps / 50);
  const before = resume?.state.metadata as Story | undefined;
  const curve = [...(before?.curve ?? [])];
  let metrics = before?.metrics ?? {};
  let sum = before?.sum ?? 0;
  const seconds = () => (before?.seconds ?? 0) + (performance.now() - start) / 1000;
  const keep = async () => {
    const story: Story = { curve, metrics, sum, seconds: seconds() };
    await save(await run.checkpoint(story as unknown as Record<string, JsonValue>));
  };
  for await (const event of run) {
    metrics = event.metrics;
    const loss = metrics['denoising/loss'];
    sum += loss;
    if (event.step % stride === 0) {
      curve.push({ step: event.step, loss: sum / stride });
      sum = 0;
    }
    if (event.step % saveEvery === 0 || event.step === steps) await keep();
    onStep(event.step, loss);
  }
  if (run.step < steps) {
    await keep();
    signal!.throwIfAborted();
  }

  const weights = run.ema as tf.NamedTensorMap;
  const samples = await sampleDigits(network, options.samples, keys.samples, weights);
  const generated = await judgeSamples(samples, splits, keys.noise);
  const { grid } = await judgeFeatures(network, splits, keys.probe, weights);
  const heldOutLoss = await lossOn(await toBatch(splits.test), network, weights, split(key(0), 2)[1]);
  const parameters = Object.values(network.variables()).reduce((count, { size }) => count + size, 0);
  run.dispose();
  objective.dispose?.();
  network.dispose();
  const result = {
    arm: arm.name,
    seed,
    steps,
    samples: options.samples,
    images: splits.train.length,
    backend,
    seconds: seconds(),
    parameters,
    frechetDistance: generated.frechetDistance.samples,
    heldOutDistance: generated.frechetDistance.heldOut,
    probe: grid.best.testAccuracy,
    probeTap: grid.best.tap,
    probeSigma: grid.best.sigma,
    heldOutLoss,
    curve,
    metrics,
  };
  return { result, samples };
}

/** Denoising loss of a batch with lent weights; the key decides noise levels and noise. */
async function lossOn(batch: Batch, network: UViT, weights: tf.NamedTensorMap, key: Key): Promise<number> {
  const loss = tf.tidy(() =>
    withValues(network.variables(), weights, () => {
      const options = { network, batch: tensorBatch(batch), key, step: 0, training: false };
      return evaluateObjective(denoisingLoss(recipe.diffusion), options).loss;
    }),
  );
  const [value] = await loss.data();
  loss.dispose();
  return value;
}
