import { edm, key } from '@diptych/core';
import { denoisingLoss } from '@diptych/losses';
import { UViT } from '@diptych/models';
import { adamW, train } from '@diptych/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { clock } from '../clock.ts';
import { compare } from '../compare.ts';
import { median } from '../measure.ts';
import { exercise } from '../nets/net.ts';
import { endless, stepper } from '../nets/training.ts';
import { timed } from '../result.ts';
import type { Suite } from './suite.ts';

const shape = [32, 16, 16, 3] as const;
const size = { image: [16, 16, 3] as const, patch: 2, width: 128, depth: 6, heads: 4, seed: 1 };

/** What self-conditioning adds to a training step on the EDM loss: medians, since the best of two noisy sides differ by luck. */
export const selfConditioning: Suite = {
  name: 'self-conditioning',
  async run({ repeat, withKernels, remark }) {
    const { batch, target } = exercise(shape);
    target.dispose();
    const side = (name: string, network: UViT) => {
      const options = { objective: denoisingLoss(edm()), optimizer: adamW(), learningRate: 1e-4, key: key(0) };
      const steps = stepper(train({ network, data: endless(batch), ...options }));
      const dispose = () => (steps.dispose(), tf.dispose(Object.values({ ...network.variables() })));
      return { name, once: () => withKernels(true, () => clock(steps.step)), warmUp: 2, dispose };
    };
    const sides = [side('on', new UViT({ ...size, selfConditioning: { after: 'mid' } })), side('off', new UViT(size))];
    const times = await compare(sides, 4 * repeat);
    sides.forEach(({ dispose }) => dispose());
    const [ours, theirs] = [median(times.on), median(times.off)];
    const overhead = (100 * (ours / theirs - 1)).toFixed(1);
    remark(
      `self-conditioning-step: a U-ViT of width ${size.width} with ${size.depth + 1} blocks at batch ${shape[0]} on the EDM loss, with and without; ` +
        `medians of ${4 * repeat} timings in turn: ${overhead} % more.`,
    );
    return [timed('self-conditioning-step/wasm-1/without', ours, theirs)];
  },
};
