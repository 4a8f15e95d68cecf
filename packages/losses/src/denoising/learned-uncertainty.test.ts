import { edm, key } from '@diptych/core';
import { FakeNetwork, lossContract, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { evaluateObjective } from '../objective/evaluate-objective.ts';
import { tensorBatch } from '../objective/tensor-batch.ts';
import { denoisingLoss } from './denoising-loss.ts';
import { directionLoss } from './direction-loss.ts';
import { huber } from './errors/huber.ts';
import { learnedUncertainty, uncertaintyWeighted } from './learned-uncertainty.ts';

lossContract('denoisingLoss with uncertainty and Huber', () =>
  denoisingLoss(edm(), { uncertainty: learnedUncertainty({ channels: 8 }), error: huber() }),
);
lossContract('directionLoss', () => directionLoss(edm()));

onEachBackend('learned uncertainty', () => {
  it('starts as the plain loss, and lists weight, frequency and phase', () => {
    const network = new FakeNetwork();
    const diffusion = edm();
    const plain = denoisingLoss(diffusion);
    const learned = denoisingLoss(diffusion, { uncertainty: learnedUncertainty() });
    learned.setup!({ network, batch: randomBatch(), key: key(1) });
    const names = ['weight', 'frequency', 'phase'].map((name) => `denoising.uncertainty.${name}`);
    expect(Object.keys(learned.variables!())).toEqual(names);
    expect(Object.keys(learned.trainableVariables!())).toEqual(names.slice(0, 1));
    tf.tidy(() => {
      const batch = tensorBatch(randomBatch());
      const value = (of: typeof plain) => evaluateObjective(of, { network, batch, key: key(2), step: 0 });
      expect(value(learned).loss.dataSync()[0]).toBe(value(plain).loss.dataSync()[0]);
      learned.variables!()['denoising.uncertainty.weight'].assign(tf.ones([128, 1]));
      const { loss, metrics } = value(learned);
      expect(metrics['denoising/error'].dataSync()[0]).toBe(value(plain).loss.dataSync()[0]);
      expect(loss.dataSync()[0]).not.toBe(value(plain).loss.dataSync()[0]);
    });
    learned.dispose!();
  });

  it('uncertaintyWeighted(): is least, 1 + ln L, where u is the logarithm of the loss', () => {
    tf.tidy(() => {
      const at = (u: number) => uncertaintyWeighted(tf.scalar(5), tf.scalar(u)).dataSync()[0];
      expect(at(Math.log(5))).toBeCloseTo(1 + Math.log(5), 6);
      for (const u of [-1, 1, 2, 3]) expect(at(u)).toBeGreaterThan(1 + Math.log(5));
      expect(
        tf
          .grad((u) => uncertaintyWeighted(tf.scalar(5) as tf.Tensor, u))(tf.scalar(Math.log(5)))
          .dataSync()[0],
      ).toBeCloseTo(0, 6);
    });
  });

  it('refuses no channels and use before setup', () => {
    expect(() => learnedUncertainty({ channels: 0 })).toThrow(/learnedUncertainty: channels/);
    expect(() => learnedUncertainty().logVariance(edm(), [1])).toThrow(/setup must be called before use/);
  });
});
