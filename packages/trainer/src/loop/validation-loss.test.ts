import { edm, foldIn, key } from '@diptych/core';
import { denoisingLoss, evaluateObjective, stratifiedDraws, tensorBatch } from '@diptych/losses';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import { autoencoding, expectClose, weightsOf } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { validationLoss } from './validation-loss.ts';

const batch = randomBatch({ seed: 5 });

onEachBackend('validationLoss', () => {
  it('is the mean over passes of the objective with the noise of each pass, and the same again', async () => {
    const network = new FakeNetwork();
    const objective = denoisingLoss(edm());
    const one = (pass: number) =>
      tf.tidy(() => {
        const key_ = foldIn(key(0), pass);
        const options = { network, batch: tensorBatch(batch), key: key_, step: 0, training: false };
        return evaluateObjective(objective, { ...options, draws: stratifiedDraws }).loss.dataSync()[0];
      });
    const expected = (one(0) + one(1) + one(2)) / 3;
    const before = tf.memory().numTensors;
    const loss = await validationLoss({ network, objective, batch, passes: 3 });
    expectClose([loss], [expected], { rtol: 1e-6 });
    expect(await validationLoss({ network, objective, batch, passes: 3 })).toBe(loss);
    expect(tf.memory().numTensors).toBe(before);
    expect(await validationLoss({ network, objective, batch })).not.toBe(loss);
  });

  it('measures other weights in place of those of the network, which stay, and takes a plain function', async () => {
    const [network, other] = [new FakeNetwork(), new FakeNetwork({ seed: 9 })];
    const before = await weightsOf(network);
    const objective = autoencoding;
    const loss = await validationLoss({ network, objective, batch, weights: { ...other.variables() } });
    expect(loss).toBe(await validationLoss({ network: other, objective, batch }));
    expect(loss).not.toBe(await validationLoss({ network, objective, batch }));
    expect(await weightsOf(network)).toEqual(before);
  });

  it('refuses a number of passes that is none, and a batch with NaN', async () => {
    const options = { network: new FakeNetwork(), objective: autoencoding, batch };
    const tensors = tf.memory().numTensors;
    await expect(validationLoss({ ...options, passes: 0 })).rejects.toThrow(/passes must be a positive integer, got 0/);
    const bad = { ...batch, x: Float32Array.from(batch.x, () => NaN) };
    await expect(validationLoss({ ...options, batch: bad })).rejects.toThrow(
      /batch.x\[0\] must be a finite number, got NaN/,
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
