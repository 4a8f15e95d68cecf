import { expectGolden, golden, lossParity } from '@diptych/test-utils/losses';
import type { NumberArray } from '@diptych/test-utils/fixtures';
import * as tf from '@tensorflow/tfjs-core';
import { Center } from './center.ts';
import { centeredSoftmax } from './centered-softmax.ts';
import { dinoLoss } from './dino-loss.ts';
import { ibotLoss } from './ibot-loss.ts';
import { sinkhornKnopp } from './sinkhorn-knopp.ts';
import { koLeo } from '../dispersion/ko-leo.ts';

const rows = (of: NumberArray) => golden<tf.Rank.R2>(of);

lossParity('dinov2-losses', {
  sinkhorn: ({ config, inputs, expected }) => {
    const options = { temperature: config.teacherTemp, iterations: config.iterations };
    expectGolden(sinkhornKnopp(rows(inputs.teacher), options), expected.assignment, 'assignment');
  },

  'dino-sum': ({ config, inputs, expected }) => {
    const teacher = (inputs.teacherProbs as NumberArray[]).map(rows);
    const student = (inputs.student as NumberArray[]).map(rows);
    // A sum over all pairs of crops; ours is the mean.
    const f = (...crops: tf.Tensor[]) => {
      const loss = dinoLoss(crops as tf.Tensor2D[], teacher, { temperature: config.studentTemp, pairs: () => true });
      return tf.mul(loss, crops.length * teacher.length);
    };
    expectGolden(f(...student), expected.loss, 'loss');
    tf.grads(f)(student).forEach((gradient, i) => expectGolden(gradient, expected.gradStudent[i], `gradStudent ${i}`));
  },

  center: ({ config, inputs, expected }) => {
    const teacher = (inputs.teacher as NumberArray[]).map(rows);
    const center = new Center(teacher[0].shape[1], { momentum: config.centerMomentum });
    teacher.forEach((logits, i) => {
      expectGolden(center.value, expected.steps[i].centerUsed, `centerUsed ${i}`);
      const probabilities = centeredSoftmax(logits, { center: center.value, temperature: config.teacherTemp });
      expectGolden(probabilities, expected.steps[i].teacherProbs, `teacherProbs ${i}`);
      center.move(logits);
    });
    center.dispose();
  },

  'patch-dense': ({ config, inputs, expected }) => {
    const logits = golden<tf.Rank.R3>(inputs.teacher);
    const center = tf.zeros<tf.Rank.R1>([logits.shape[2]]);
    const teacher = centeredSoftmax(logits, { center, temperature: config.teacherTemp });
    const options = { mask: rows(inputs.mask), temperature: config.studentTemp };
    const f = (x: tf.Tensor) => ibotLoss(x as tf.Tensor3D, teacher, options);
    expectGolden(f(golden(inputs.student)), expected.loss, 'loss');
    expectGolden(tf.grad(f)(golden(inputs.student)), expected.gradStudent, 'gradStudent');
  },

  'patch-masked-sinkhorn': ({ config, inputs, expected }) => {
    const { teacherTemp, iterations, studentTemp } = config;
    const assignment = sinkhornKnopp(rows(inputs.teacherMasked), { temperature: teacherTemp, iterations });
    expectGolden(assignment, expected.assignment, 'assignment');
    const [images, patches] = inputs.mask.shape as [number, number];
    const hidden = Array.from({ length: images }, (_, b) =>
      (inputs.mask.data as number[]).slice(b * patches, (b + 1) * patches).reduce((sum, m) => sum + m, 0),
    );
    const f = (x: tf.Tensor) => ibotLoss(x as tf.Tensor2D, assignment, { hidden, temperature: studentTemp });
    expectGolden(f(golden(inputs.studentMasked)), expected.loss, 'loss');
    expectGolden(tf.grad(f)(golden(inputs.studentMasked)), expected.gradStudentMasked, 'gradStudentMasked');
  },

  koleo: ({ config, inputs, expected }) => {
    const f = (x: tf.Tensor) => koLeo(x as tf.Tensor2D, { epsilon: config.eps });
    expectGolden(f(golden(inputs.x)), expected.loss, 'loss');
    expectGolden(tf.grad(f)(golden(inputs.x)), expected.gradX, 'gradX');
  },
});
