import { constant, linearRamp, schedulePieces } from '@diptych/core/ramps';
import { expectGolden, golden, lossParity } from '@diptych/test-utils/losses';
import type { NumberArray } from '@diptych/test-utils/fixtures';
import * as tf from '@tensorflow/tfjs-core';
import { Center } from './center.ts';
import { centeredSoftmax } from './centered-softmax.ts';
import { dinoLoss } from './dino-loss.ts';

interface Step {
  epoch: number;
  student: NumberArray;
  teacher: NumberArray;
}

lossParity('dino-loss', {
  case: ({ config, inputs, expected }) => {
    const { outDim, localCrops, studentTemp, centerMomentum, epochs } = config;
    const { warmupTeacherTemp, teacherTemp, warmupTeacherTempEpochs: warmup } = config;
    // The reference's warm-up has both ends in it.
    const ramp = linearRamp({ from: warmupTeacherTemp, to: teacherTemp, steps: warmup > 1 ? warmup - 1 : 1 });
    const schedule = schedulePieces([{ steps: warmup, schedule: ramp }], constant(teacherTemp));
    const temperatures = Array.from({ length: epochs }, (_, epoch) => schedule(epoch));
    expectGolden(temperatures, expected.teacherTempSchedule, 'temperatures', 1e-9);

    const center = new Center(outDim, { momentum: centerMomentum });
    // A split into one has no gradient in tfjs.
    const crops = (x: tf.Tensor, n: number) => (n === 1 ? [x] : tf.split(x, n)) as tf.Tensor2D[];
    (inputs.steps as Step[]).forEach(({ epoch, student, teacher }, i) => {
      const wanted = expected.steps[i];
      const logits = golden(teacher);
      const temperature = schedule(epoch);
      const targets = crops(logits, 2).map((of) => centeredSoftmax(of, { center: center.value, temperature }));
      const f = (x: tf.Tensor) => dinoLoss(crops(x, 2 + localCrops), targets, { temperature: studentTemp });
      expectGolden(f(golden(student)), wanted.loss, `loss of step ${i}`);
      expectGolden(tf.grad(f)(golden(student)), wanted.gradStudent, `gradStudent of step ${i}`);
      center.move(logits);
      expectGolden(center.value, wanted.centerAfter, `center after step ${i}`);
    });
    center.dispose();
  },
});
