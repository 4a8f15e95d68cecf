import { type Batch, foldIn, key as seedKey, type NamedVariables, normalTensor } from '@diptych/core';
import { evaluateObjective, type Objective, tensorBatch } from '@diptych/losses';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachBackend, type TestBackend } from '../ops/index.ts';
import { FakeNetwork } from './fake-network.ts';
import { randomBatch } from './random-batch.ts';

export interface LossContractOptions {
  /** Images to evaluate on. Default `randomBatch()`. */
  batch?: Batch;
  /** Allowed difference of gradient and finite difference, relative. Default 0.01. */
  tolerance?: number;
  /** Whether the gradient leaves out a path through the same weights (a teacher that is the student). Default false. */
  stopsGradient?: boolean;
  backends?: readonly TestBackend[];
}

/**
 * What every objective promises, tested on a small network: finite value and metrics, names under its own prefix, purity,
 * right gradients, exact restart from its variables, no leaks, nothing left after `dispose`.
 */
export function lossContract(
  title: string,
  make: () => Objective,
  { batch = randomBatch(), tolerance = 0.01, stopsGradient = false, backends }: LossContractOptions = {},
): void {
  onEachBackend(
    `lossContract ${title}`,
    () => {
      let network: FakeNetwork;
      let ema: Record<string, tf.Tensor>;
      let before: number;
      beforeEach(() => {
        before = tf.memory().numTensors;
        network = new FakeNetwork();
        const other = new FakeNetwork({ seed: 2 });
        ema = Object.fromEntries(
          Object.entries(other.variables()).map(([name, value]) => [name, tf.clone<tf.Tensor>(value)]),
        );
        other.dispose();
      });
      afterEach(() => {
        network.dispose();
        tf.dispose(ema);
        expect(tf.memory().numTensors).toBe(before);
      });

      const built = (): Objective => {
        const objective = make();
        objective.setup?.({ network, batch, key: seedKey(11) });
        return objective;
      };
      const trained = (objective: Objective): NamedVariables => ({
        ...network.trainableVariables(),
        ...objective.trainableVariables?.(),
      });
      const terms = (objective: Objective, step = 0, training = true) =>
        evaluateObjective(objective, {
          network,
          batch: tensorBatch(batch),
          key: foldIn(seedKey(3), step),
          step,
          ema,
          training,
        });
      const value = (objective: Objective, step = 0) => tf.tidy(() => terms(objective, step).loss.dataSync()[0]!);
      const gradients = (objective: Objective, step = 0): Record<string, Float32Array> =>
        tf.tidy(() => {
          const variables = trained(objective);
          const { grads } = tf.variableGrads(() => terms(objective, step).loss, Object.values(variables));
          return Object.fromEntries(
            Object.entries(variables).map(([name, variable]) => {
              const gradient = grads[variable.name];
              return [name, gradient ? (gradient.dataSync() as Float32Array) : new Float32Array(variable.size)];
            }),
          );
        });
      /** A plain gradient step, then what the trainer calls after it. */
      const train = (objective: Objective, step: number) => {
        const slopes = gradients(objective, step);
        for (const [name, variable] of Object.entries(trained(objective))) {
          tf.tidy(() => variable.assign(tf.sub(variable, tf.mul(tf.tensor(slopes[name]!, variable.shape), 0.01))));
        }
        objective.afterStep?.({ network, step, ema });
      };
      const snapshot = (variables: NamedVariables) =>
        Object.fromEntries(Object.entries(variables).map(([name, of]) => [name, Float32Array.from(of.dataSync())]));
      const restore = (variables: NamedVariables, saved: Record<string, Float32Array>) => {
        for (const [name, of] of Object.entries(variables)) tf.tidy(() => of.assign(tf.tensor(saved[name]!, of.shape)));
      };

      it('gives a finite scalar, and finite scalar metrics and losses per sample under its own name', () => {
        const objective = built();
        tf.tidy(() => {
          const { loss, metrics, samples } = terms(objective);
          expect(loss.shape).toEqual([]);
          expect(loss.dataSync()[0]).toSatisfy(Number.isFinite);
          expect(Object.keys(metrics)).not.toHaveLength(0);
          const parts = objective.name.split('+');
          for (const [name, metric] of Object.entries(metrics)) {
            expect([...parts, 'total']).toContain(name.split('/')[0]);
            expect(metric.shape).toEqual([]);
            expect(metric.dataSync()[0]).toSatisfy(Number.isFinite);
          }
          for (const { sigma, loss: losses } of Object.values(samples ?? {})) {
            expect(sigma).toHaveLength(batch.shape[0]);
            expect(losses.shape).toEqual([batch.shape[0]]);
          }
        });
        objective.dispose?.();
      });

      it('is a pure function of weights, batch, key and step: the same bits again, gradients included', () => {
        const objective = built();
        const first = { value: value(objective), slopes: gradients(objective) };
        expect(value(objective)).toBe(first.value);
        expect(gradients(objective)).toEqual(first.slopes);
        objective.dispose?.();
      });

      const differences = () => {
        const objective = built();
        train(objective, 0);
        const slopes = gradients(objective);
        const variables = trained(objective);
        const start = snapshot(variables);
        for (const seed of [1, 2, 3]) {
          const direction = Object.entries(variables).map(
            ([, of], i) => tf.tidy(() => normalTensor(foldIn(seedKey(seed), i), of.shape).dataSync()) as Float32Array,
          );
          const exact = Object.keys(variables)
            .flatMap((name, i) => Array.from(slopes[name]!, (slope, j) => slope * direction[i]![j]!))
            .reduce((a, b) => a + b);
          const at = (h: number) => {
            const moved = Object.entries(start).map(([name, of], i) => [
              name,
              of.map((v, j) => v + h * direction[i]![j]!),
            ]);
            restore(variables, Object.fromEntries(moved) as Record<string, Float32Array>);
            return value(objective);
          };
          const slope = (h: number) => (at(h) - at(-h)) / (2 * h);
          const norm = Math.sqrt(Object.values(slopes).reduce((sum, g) => sum + g.reduce((a, v) => a + v * v, 0), 0));
          // A ReLU's kink or a small batch's curvature may spoil one step size, a wrong gradient spoils all.
          const errors = [2e-3, 7e-4, 2e-4, 5e-5].map((h) => {
            const numeric = (4 * slope(h) - slope(2 * h)) / 3;
            return Math.abs(exact - numeric) / Math.max(norm, Math.abs(exact), 1e-2);
          });
          expect(Math.min(...errors)).toBeLessThan(tolerance);
          restore(variables, start);
        }
        objective.dispose?.();
      };
      if (!stopsGradient) it('has the gradient that finite differences find', differences);

      it('moves each of its own trainable weights', () => {
        const objective = built();
        const slopes = gradients(objective);
        for (const name of Object.keys(objective.trainableVariables?.() ?? {})) {
          expect(Math.max(...slopes[name]!.map(Math.abs)), name).toBeGreaterThan(0);
        }
        objective.dispose?.();
      });

      it('names its variables under its own name, the trainable among them, the same for the same key', () => {
        const [one, two] = [built(), built()];
        const all = one.variables?.() ?? {};
        for (const name of Object.keys(all)) expect(one.name.split('+')).toContain(name.split('.')[0]);
        for (const [name, of] of Object.entries(one.trainableVariables?.() ?? {})) expect(all[name]).toBe(of);
        expect(snapshot(two.variables?.() ?? {})).toEqual(snapshot(all));
        expect(Object.keys(two.variables?.() ?? {})).toEqual(Object.keys(all));
        one.dispose?.();
        two.dispose?.();
      });

      it('continues bit for bit from its variables in a new objective', () => {
        const objective = built();
        for (let step = 0; step < 2; step++) train(objective, step);
        const saved = [snapshot(network.variables()), snapshot(objective.variables?.() ?? {})] as const;
        for (let step = 2; step < 4; step++) train(objective, step);
        const straight = { value: value(objective, 4), own: snapshot(objective.variables?.() ?? {}) };
        objective.dispose?.();

        const resumed = built();
        restore(network.variables(), saved[0]);
        restore(resumed.variables?.() ?? {}, saved[1]);
        for (let step = 2; step < 4; step++) train(resumed, step);
        expect(value(resumed, 4)).toBe(straight.value);
        expect(snapshot(resumed.variables?.() ?? {})).toEqual(straight.own);
        resumed.dispose?.();
      });

      it('changes none of its variables and leaks nothing when it is only measured', () => {
        const objective = built();
        const own = snapshot(objective.variables?.() ?? {});
        tf.tidy(() => void terms(objective, 0, false));
        expect(snapshot(objective.variables?.() ?? {})).toEqual(own);
        const count = tf.memory().numTensors;
        tf.tidy(() => void terms(objective, 0, false));
        value(objective);
        train(objective, 0);
        expect(tf.memory().numTensors).toBe(count);
        objective.dispose?.();
      });
    },
    backends,
  );
}
