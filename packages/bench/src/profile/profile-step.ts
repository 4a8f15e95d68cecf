import { processorTime } from '../clock.ts';
import type { Net } from '../nets/net.ts';
import { training, type Phase } from '../nets/training.ts';
import { addTime, type Flame } from './flame.ts';
import { recordKernels } from './record-kernels.ts';

/**
 * Where the time of a training step goes, of `repeat` steps in the shortest: step > forward, backward, update > kernel > shapes.
 * `(outside)` is what no kernel took: the tape, the book-keeping of tensors, JavaScript.
 */
export async function profileStep(net: Net, repeat = 3): Promise<Flame> {
  let phase: Phase = 'forward';
  const stepper = training(net, (next) => (phase = next));
  for (let i = 0; i < 2; i++) await stepper.step();
  let shortest: Flame | undefined;
  for (let i = 0; i < repeat; i++) {
    const root: Flame = { name: 'training step', time: 0, calls: 1, children: [] };
    phase = 'forward';
    const start = processorTime();
    await recordKernels(stepper.step, ({ kernel, shapes, time }) => addTime(root, [phase, kernel, shapes], time));
    root.time = processorTime() - start;
    const kernels = root.children.reduce((sum, { time }) => sum + time, 0);
    root.children.push({ name: '(outside)', time: root.time - kernels, calls: 1, children: [] });
    if (!shortest || root.time < shortest.time) shortest = root;
  }
  stepper.dispose();
  return shortest!;
}
