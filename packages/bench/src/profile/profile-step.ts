import type { Net } from '../nets/net.ts';
import { training, type Phase } from '../nets/training.ts';
import { addTime, type Flame } from './flame.ts';
import { recordKernels } from './record-kernels.ts';

export interface StepProfile {
  /** step > forward, backward, update > kernel > shapes; `(outside)` is what no kernel took: the tape, tensors, JavaScript. */
  readonly root: Flame;
  /** Most bytes of tensors during the step, weights and moments included. */
  readonly peakBytes: number;
}

/** Where the time of a training step goes: of `repeat` steps the shortest, after two to warm up. */
export async function profileStep(net: Net, repeat = 3): Promise<StepProfile> {
  let phase: Phase = 'forward';
  const stepper = training(net, (next) => (phase = next));
  for (let i = 0; i < 2; i++) await stepper.step();
  let shortest: StepProfile | undefined;
  for (let i = 0; i < repeat; i++) {
    const root: Flame = { name: 'training step', time: 0, calls: 1, children: [] };
    phase = 'forward';
    const start = performance.now();
    const peakBytes = await recordKernels(stepper.step, ({ kernel, shapes, time }) =>
      addTime(root, [phase, kernel, shapes], time),
    );
    root.time = performance.now() - start;
    const kernels = root.children.reduce((sum, { time }) => sum + time, 0);
    root.children.push({ name: '(outside)', time: root.time - kernels, calls: 1, children: [] });
    if (!shortest || root.time < shortest.root.time) shortest = { root, peakBytes };
  }
  stepper.dispose();
  return shortest!;
}
