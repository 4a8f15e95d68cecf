import { edm, key } from '@diptych/core';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { denoisingLoss } from '../denoising/denoising-loss.ts';
import { stratifiedDraws } from './draws.ts';
import { evaluateObjective, type EvaluateObjectiveOptions } from './evaluate-objective.ts';
import type { Objective, StepContext } from './objective.ts';
import { tensorBatch } from './tensor-batch.ts';
import { weightedSum } from './weighted-sum.ts';

onEachBackend('evaluateObjective()', () => {
  const diffusion = edm();
  /** An objective that hands its context out and costs the output's mean square. */
  const spy = (see: (context: StepContext) => void, rest: Partial<Objective> = {}): Objective => ({
    name: 'spy',
    ...rest,
    compute(context) {
      see(context);
      return { loss: tf.mean(tf.square(context.pass(diffusion).output)) as tf.Scalar, metrics: {} };
    },
  });
  const evaluate = (
    objective: Objective,
    rest: Partial<EvaluateObjectiveOptions> = {},
    network = new FakeNetwork(),
  ) => {
    const batch = tensorBatch(randomBatch());
    return evaluateObjective(objective, { network, batch, key: key(4), step: 3, ...rest });
  };

  it('makes one forward pass for each process, with the union of taps, in training mode', () => {
    const network = new FakeNetwork();
    const other = edm({ pMean: 0 });
    tf.tidy(() => {
      const seen: string[][] = [];
      const term = (name: string, of: typeof diffusion, taps: string[]) =>
        spy(({ pass }) => seen.push(Object.keys(pass(of).features)), { name, taps });
      evaluate(weightedSum([1, term('a', diffusion, ['out'])], [1, term('b', diffusion, ['mid', 'out'])]), {}, network);
      expect(network.calls).toHaveLength(1);
      expect(network.calls[0].options.taps).toEqual(['out', 'mid']);
      expect(network.calls[0].options.training).toBe(true);
      expect(seen).toEqual([
        ['out', 'mid'],
        ['out', 'mid'],
      ]);
      evaluate(
        weightedSum([1, term('a', other, ['out'])], [1, term('b', diffusion, [])]),
        { training: false },
        network,
      );
      expect(network.calls).toHaveLength(3);
      expect(network.calls[1].options.training).toBe(false);
    });
  });

  it('hands each process other noise, and the network a key of its own', () => {
    const network = new FakeNetwork();
    tf.tidy(() => {
      const other = edm({ pMean: 0 });
      evaluate(
        spy(({ pass, key: own }) => {
          const [a, b] = [pass(diffusion), pass(other)];
          expect(Array.from(a.noisy.dataSync())).not.toEqual(Array.from(b.noisy.dataSync()));
          const [first, second] = network.calls.map(({ options }) => options.key);
          expect(first).toBeDefined();
          expect(new Set([first, second, own, key(4)].map(String)).size).toBe(4);
        }),
        {},
        network,
      );
    });
  });

  it('noises as x0 + sigma n with sigma drawn through the quantile function, and denoises with the preconditioning', () => {
    const network = new FakeNetwork();
    const flat = { ...diffusion, sigmaQuantile: (u: number) => 2 + u };
    tf.tidy(() => {
      const batch = tensorBatch(randomBatch({ shape: [64, 4, 4, 2] }));
      const { sigma, noisy, denoised, output } = captured(flat, { batch, network });
      const u = sigma.map((of) => of - 2);
      expect(Math.min(...u)).toBeGreaterThan(0);
      expect(Math.max(...u)).toBeLessThan(1);
      expect(Math.abs(u.reduce((a, b) => a + b) / 64 - 0.5)).toBeLessThan(0.12); // 3 standard errors of a uniform mean
      const level = tf.tensor4d(sigma as number[], [64, 1, 1, 1]);
      const { mean, variance } = tf.moments(tf.div(tf.sub(noisy, batch.x), level));
      expect(Math.abs(mean.dataSync()[0])).toBeLessThan(0.07); // 2048 normals
      expect(Math.abs(variance.dataSync()[0] - 1)).toBeLessThan(0.1);
      const { cSkip, cOut } = flat.precondition(sigma[5]);
      const at = (x: tf.Tensor4D) => x.dataSync()[5 * 32 + 7];
      expect(at(denoised)).toBeCloseTo(cSkip * at(noisy) + cOut * at(output), 5);
    });
  });

  const captured = (of: typeof diffusion, rest: Partial<EvaluateObjectiveOptions>) => {
    let pass: ReturnType<StepContext['pass']> | undefined;
    const objective: Objective = {
      name: 'capture',
      compute(context) {
        pass = context.pass(of);
        return { loss: tf.scalar(0), metrics: {} };
      },
    };
    evaluate(objective, rest, rest.network as FakeNetwork | undefined);
    return pass!;
  };

  it('gives sample i the same noise whatever the batch around it: two halves are the whole', () => {
    tf.tidy(() => {
      const whole = tensorBatch(randomBatch({ shape: [4, 3, 3, 2] }));
      const half = (from: number) => ({ x: tf.slice(whole.x, from, 2) as tf.Tensor4D, views: [] });
      const all = captured(diffusion, { batch: whole });
      const parts = [0, 2].map((first) => captured(diffusion, { batch: half(first), first }));
      expect(parts.flatMap(({ sigma }) => sigma)).toEqual(all.sigma);
      expect(parts.flatMap(({ noisy }) => Array.from(noisy.dataSync()))).toEqual(Array.from(all.noisy.dataSync()));
    });
  });

  it('leaves the noise of the student alone when a term is added', () => {
    tf.tidy(() => {
      let noise: Float32Array[] = [];
      const see = ({ pass }: StepContext) => void noise.push(Float32Array.from(pass(diffusion).noisy.dataSync()));
      evaluate(spy(see));
      evaluate(weightedSum([1, denoisingLoss(diffusion)], [1, spy(see)], [2, spy(() => {}, { name: 'third' })]));
      expect(noise[1]).toEqual(noise[0]);
      noise = [];
    });
  });

  it('spreads the noise levels over the batch with stratifiedDraws', () => {
    tf.tidy(() => {
      const uniform = { ...diffusion, sigmaQuantile: (u: number) => u };
      const batch = tensorBatch(randomBatch({ shape: [16, 1, 1, 2] }));
      const { sigma } = captured(uniform, { batch, draws: stratifiedDraws });
      expect(sigma.map((u) => Math.floor(16 * u)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 16 }, (_, i) => i),
      );
    });
  });

  it('passes labels, augmentation, step and EMA on', () => {
    const network = new FakeNetwork();
    tf.tidy(() => {
      const label = new Int32Array([3, 1, 4, 1]);
      const batch = tensorBatch({ ...randomBatch(), label, augmentation: new Float32Array(36).fill(0.5) });
      const ema = { embed: tf.scalar(1) };
      evaluate(
        spy((context) => {
          expect(context.step).toBe(3);
          expect(context.ema).toBe(ema);
          context.pass(diffusion);
          expect(network.calls[0].label).toEqual([3, 1, 4, 1]);
          expect(network.calls[0].augmentation).toEqual(Array(36).fill(0.5));
        }),
        { batch, ema },
        network,
      );
    });
  });

  it('refuses a batch that is no [B, H, W, C], a negative step, a tap the network lacks', () => {
    tf.tidy(() => {
      const bad = { x: tf.ones([2, 3, 3]) as unknown as tf.Tensor4D, views: [] };
      expect(() =>
        evaluate(
          spy(() => {}),
          { batch: bad },
        ),
      ).toThrow(/evaluateObjective: batch.x must be of shape/);
      expect(() =>
        evaluate(
          spy(() => {}),
          { step: -1 },
        ),
      ).toThrow(/evaluateObjective: step must be an integer >= 0/);
      expect(() =>
        evaluate(
          spy(() => {}),
          { first: 0.5 },
        ),
      ).toThrow(/evaluateObjective: first/);
      expect(() => evaluate(spy(() => {}, { taps: ['nowhere'] }))).toThrow(
        /evaluateObjective: a tap of spy must be one of the network's taps \(mid, out\), got "nowhere"/,
      );
    });
  });
});
