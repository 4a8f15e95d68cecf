import { constant, linearRamp, schedulePieces } from '@diptych/core/ramps';
import { expectGolden, golden, lossParity } from '@diptych/test-utils/losses';
import type { NumberArray } from '@diptych/test-utils/fixtures';
import * as tf from '@tensorflow/tfjs-core';
import { Center } from './center.ts';
import { centeredSoftmax } from './centered-softmax.ts';
import { dinoLoss } from './dino-loss.ts';
import { ibotLoss } from './ibot-loss.ts';

type Step = { epoch: number } & Record<
  'studentCls' | 'studentPatch' | 'teacherCls' | 'teacherPatch' | 'mask',
  NumberArray
> & {
    studentLocalCls?: NumberArray;
  };

/** The reference's temperatures: held until `start`, then a warm-up with both ends in it, then constant. */
function temperatures(from: number, to: number, warmup: number, start: number) {
  return schedulePieces(
    [
      { steps: start, schedule: constant(from) },
      { steps: warmup, schedule: linearRamp({ from, to, steps: warmup > 1 ? warmup - 1 : 1 }) },
    ],
    constant(to),
  );
}

lossParity('ibot-loss', {
  case: ({ config, inputs, expected }) => {
    const { outDim, patchOutDim, localCrops, studentTemp, lambda1, lambda2, mimStartEpoch } = config;
    const warmup = config.warmupTeacherTempEpochs;
    const clsTemperature = temperatures(config.warmupTeacherTemp, config.teacherTemp, warmup, 0);
    const patchTemperature = temperatures(
      config.warmupTeacherPatchTemp,
      config.teacherPatchTemp,
      warmup,
      mimStartEpoch,
    );
    const center = new Center(outDim, { momentum: config.centerMomentum });
    const patchCenter = new Center(patchOutDim, { momentum: config.patchCenterMomentum });
    // A split into one has no gradient in tfjs.
    const crops = (x: tf.Tensor, n: number) => (n === 1 ? [x] : tf.split(x, n)) as tf.Tensor2D[];

    (inputs.steps as Step[]).forEach((step, i) => {
      const wanted = expected.steps[i];
      const [teacherCls, teacherPatch] = [golden(step.teacherCls), golden<tf.Rank.R3>(step.teacherPatch)];
      const cls = { center: center.value, temperature: clsTemperature(step.epoch) };
      const patch = { center: patchCenter.value, temperature: patchTemperature(step.epoch) };
      expectGolden([cls.temperature], wanted.teacherTemp, 'teacherTemp', 1e-9);
      expectGolden([patch.temperature], wanted.teacherPatchTemp, 'teacherPatchTemp', 1e-9);
      const targets = crops(teacherCls, 2).map((of) => centeredSoftmax(of, cls));
      const masks = tf
        .split(golden(step.mask), 2)
        .map((of) => tf.reshape(of, [teacherPatch.shape[0] / 2, -1]) as tf.Tensor2D);
      const clsTerm = (globals: tf.Tensor, locals?: tf.Tensor) => {
        const student = [...crops(globals, 2), ...(locals && localCrops > 0 ? crops(locals, localCrops) : [])];
        return tf.mul(dinoLoss(student, targets, { temperature: studentTemp }), lambda1) as tf.Scalar;
      };
      const patchTargets = tf.split(centeredSoftmax(teacherPatch, patch), 2) as tf.Tensor3D[];
      const patchTerm = (student: tf.Tensor) => {
        const terms = (tf.split(student, 2) as tf.Tensor3D[]).map((of, c) =>
          ibotLoss(of, patchTargets[c], { mask: masks[c], temperature: studentTemp }),
        );
        return tf.mul(tf.addN(terms), lambda2 / 2) as tf.Scalar;
      };
      const [globals, patches] = [golden(step.studentCls), golden(step.studentPatch)];
      const locals = step.studentLocalCls && golden(step.studentLocalCls);
      expectGolden(clsTerm(globals, locals), wanted.cls, `cls of step ${i}`);
      expectGolden(patchTerm(patches), wanted.patch, `patch of step ${i}`);
      expectGolden(tf.add(clsTerm(globals, locals), patchTerm(patches)), wanted.loss, `loss of step ${i}`);
      expectGolden(tf.grad((x) => clsTerm(x, locals))(globals), wanted.gradStudentCls, `gradStudentCls of step ${i}`);
      expectGolden(tf.grad(patchTerm)(patches), wanted.gradStudentPatch, `gradStudentPatch of step ${i}`);
      if (locals) {
        const gradient = tf.grad((x) => clsTerm(globals, x))(locals);
        expectGolden(gradient, wanted.gradStudentLocalCls, `gradStudentLocalCls of step ${i}`);
      }
      center.move(teacherCls);
      patchCenter.move(teacherPatch);
      expectGolden(center.value, wanted.centerAfter, `center after step ${i}`);
      expectGolden(patchCenter.value, wanted.patchCenterAfter, `patch center after step ${i}`);
    });
    center.dispose();
    patchCenter.dispose();
  },
});
