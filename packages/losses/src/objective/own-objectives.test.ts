import '@tensorflow/tfjs-backend-cpu';
import { edm, key } from '@diptych/core';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { denoisingLoss } from '../denoising/denoising-loss.ts';
import { contrastiveCriterion } from '../distillation/criteria/contrastive-criterion.ts';
import { featureRegularizer } from '../distillation/feature-regularizer.ts';
import { mlpHead } from '../distillation/heads/mlp-head.ts';
import { jointEmbedding } from '../distillation/joint-embedding.ts';
import { selfDistillation } from '../distillation/self-distillation.ts';
import { studentTeacher } from '../distillation/teachers/student-teacher.ts';
import { evaluateObjective } from './evaluate-objective.ts';
import type { Objective } from './objective.ts';
import { tensorBatch } from './tensor-batch.ts';

await tf.setBackend('cpu');
const diffusion = edm();
const network = new FakeNetwork();
const batch = randomBatch({ views: 1 });
const common = { diffusion, tap: 'mid', projector: mlpHead({ layers: 1, out: 3 }) };
const own = (result: unknown): Objective => ({ name: 'own', compute: () => result as never });
const returns = (result: unknown) => (() => result) as never;

it.each<[string, () => Objective, RegExp]>([
  [
    'nothing',
    () => own(undefined),
    /'own': result of the objective must be { loss, metrics } of scalar tensors.* got undefined/,
  ],
  ['a number', () => own(3), /'own': result of the objective must be { loss, metrics } of scalar tensors.* got 3/],
  [
    'a loss that is a number',
    () => own({ loss: 3, metrics: {} }),
    /loss of the objective must be a scalar tensor, got 3/,
  ],
  [
    'a loss that is a vector',
    () => own({ loss: tf.ones([2]), metrics: {} }),
    /loss of the objective must be a scalar: .* got float32 tensor of shape \[2\]/,
  ],
  [
    'an error for all samples together',
    () => denoisingLoss(diffusion, { error: (difference) => tf.mean(difference) as never }),
    /denoisingLoss: result of error must be of shape \[4\], got float32 tensor of shape \[\]/,
  ],
  [
    'a regularizer of nothing',
    () => featureRegularizer({ diffusion, tap: 'mid', loss: returns(undefined) }),
    /featureRegularizer: result of loss must be a scalar tensor, got undefined/,
  ],
  [
    'a loss of views that is a number',
    () => jointEmbedding({ ...common, loss: returns(1) }),
    /jointEmbedding: result of loss must be a scalar tensor, got 1/,
  ],
  [
    'a criterion of nothing',
    () => selfDistillation({ ...common, teacher: studentTeacher(), criterion: { compute: returns(undefined) } }),
    /selfDistillation: the loss of criterion must be a scalar tensor, got undefined/,
  ],
  [
    'too few noise levels of the teacher',
    () => selfDistillation({ ...common, teacher: studentTeacher(), teacherSigma: () => [1] }),
    /result of teacherSigma must be of length 4, one per image, got 1/,
  ],
  [
    'keys that were gathered into nothing',
    () =>
      selfDistillation({
        ...common,
        teacher: studentTeacher(),
        criterion: contrastiveCriterion({ gather: returns(null) }),
      }),
    /contrastiveCriterion: result of gather must be { keys, offset }, got null/,
  ],
])('%s is refused in words, whoever wrote the function', (_, make, message) => {
  tf.tidy(() => {
    const objective = make();
    objective.setup?.({ network, batch, key: key(1) });
    const options = { network, batch: tensorBatch(batch), key: key(0), step: 0 };
    expect(() => evaluateObjective(objective, options)).toThrow(message);
    objective.dispose?.();
  });
});
