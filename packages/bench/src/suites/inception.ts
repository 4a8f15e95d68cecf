import { key, normalArray, uniformArray } from '@diptych/core';
import { inception, StreamingMoments } from '@diptych/eval';
import { inceptionShapes } from '@diptych/eval/networks';
import * as tf from '@tensorflow/tfjs-core';
import { clock } from '../clock.ts';
import { compare, type Side } from '../compare.ts';
import { best } from '../measure.ts';
import { timed } from '../result.ts';
import { openPeer, type Suite } from './suite.ts';

const batch = 4;

/** Of one image of 299x299, counted over the 94 convolutions. */
const flopPerImage = 11.4e9;

/** FID's feature network forward, random weights, beside PyTorch's on one thread. */
export const inceptionSuite: Suite = {
  name: 'inception',
  async run(context) {
    const { withKernels, note, remark } = context;
    const network = inception({ tensors: randomWeights(), sha256: 'random' });
    const input = tf.tensor4d(Float32Array.from(uniformArray(key(1), batch * 299 * 299 * 3)), [batch, 299, 299, 3]);
    const step = async () => {
      const { '2048': features } = network.run(input, ['2048']);
      await features.data();
      features.dispose();
    };
    const time = (on: boolean) => () => withKernels(on, () => clock(step));
    const repeat = Math.min(3, context.repeat);
    const sides: Side[] = [
      { name: 'ours', once: time(true), warmUp: 1 },
      { name: 'tfjs-wasm', once: time(false), warmUp: 0, most: 1 },
    ];
    const torch = await openPeer(context, { kind: 'inception', batch });
    if (torch) sides.push({ name: 'pytorch-1', once: torch.once });
    const { ours, ...others } = await compare(sides, repeat);
    await torch?.close();
    input.dispose();
    network.dispose();
    const rate = batch / best(ours);
    const rates = Object.entries(others).map(([other, seconds]) => `${other} ${(batch / best(seconds)).toFixed(1)}`);
    note(`inception: ${rate.toFixed(1)} images/s, ${((flopPerImage * rate) / 1e9).toFixed(0)} GFLOP/s`);
    remark(
      `inception: FID's network, batches of ${batch} at 299x299, batch norms folded on our side; images/s: ours ` +
        `${rate.toFixed(1)}, ${rates.join(', ')}.`,
    );
    return Object.entries(others).map(([other, seconds]) =>
      timed(`inception-forward/wasm-1/${other}`, best(ours), best(seconds)),
    );
  },
};

/** Convolutions and the last layer scaled to keep the size of activations, batch norms that change nothing. */
function randomWeights() {
  return Object.fromEntries(
    Object.entries(inceptionShapes).map(([name, shape], i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const spread = Math.sqrt((2 * shape[0]) / size);
      const data =
        shape.length > 1
          ? normalArray(key(i), size).map((z) => z * spread)
          : new Float32Array(size).fill(/running_var|bn.weight/.test(name) ? 1 : 0);
      return [name, { shape, dtype: 'float32' as const, data: Float32Array.from(data) }];
    }),
  );
}

/** The memory that moments of 50,000 x 2048 features take while they are streamed. */
export const momentsSuite: Suite = {
  name: 'moments',
  run({ remark }) {
    remark(streamed());
    return Promise.resolve([]);
  },
};

/** Feeds 50,000 rows of 2048 numbers into moments and watches the memory of the process. */
function streamed(): string {
  const [rows, dims, chunk] = [50_000, 2048, 500];
  const stream = new StreamingMoments(dims);
  const features = { rows: normalArray(key(2), chunk * dims), dims };
  const seen: number[] = [];
  const from = performance.now();
  for (let count = 0; count < rows; count += chunk) {
    stream.add(features);
    if ((count + chunk) % 10_000 === 0) seen.push(process.memoryUsage.rss() / 2 ** 20);
  }
  const took = (performance.now() - from) / 1000;
  return (
    `moments of ${stream.count} x ${dims} streamed in ${took.toFixed(0)} s; resident memory after every 10,000 rows: ` +
    `${seen.map((mib) => mib.toFixed(0)).join(', ')} MiB.`
  );
}
