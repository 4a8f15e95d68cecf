// CIFAR-10's test images against its training images, in the features of a small classifier and in raw pixels, and the bias
// of the Fréchet distance and of the kernel distance against the number of images. Run from the repository's root:
//
//   npx tsx packages/eval/scripts/cifar10.ts <folder with train/<class>/ and test/<class>/> [out folder] [epochs] [images]
//
// Writes the classifier, trained on so many of the training images, and metric-bias.svg to the out folder; a classifier that
// is there already is taken as it is.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { foldIn, key, permutation } from '@diptych/core';
import { toBatch, arrayDataset } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { imageFolder } from '@diptych/data/node';
import { pickBackend } from '@diptych/ops';
import '@tensorflow/tfjs-layers';
import {
  classifierFeatures,
  extractFeatures,
  frechetDistance,
  frechetInfinity,
  kernelDistance,
  measureImages,
  moments,
  pixelFeatures,
  precisionRecall,
  trainClassifierFeatures,
} from '../src/index.ts';
import type { FeatureNetwork, FeatureRows } from '../src/index.ts';
import { frechetMetric, kernelMetric } from '../src/metrics/index.ts';
import { flipCrop } from '../src/probes/index.ts';
import { lineChart } from '../src/report/line-chart.ts';

const [folder, out = '.', epochs = '6', images = '50000'] = process.argv.slice(2);
if (!folder) throw new Error('cifar10.ts: the folder with train/ and test/ is missing');
await mkdir(out, { recursive: true });
await pickBackend();

async function inMemory(part: string): Promise<Dataset> {
  const { x, label, shape } = await toBatch(await imageFolder(join(folder, part)));
  return arrayDataset({ x, label, shape: shape.slice(1) as [number, number, number], name: `cifar10-${part}` });
}
/** So many images, evenly spread over the set: files lie class by class. */
async function everyNth(set: Dataset, count: number) {
  const indices = Int32Array.from({ length: Math.min(count, set.length) }, (_, i) =>
    Math.floor((i * set.length) / count),
  );
  const { x, label } = await set.batch(indices);
  return { x, label, shape: set.shape, classes: set.classes };
}
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(0)} s`;

let since = performance.now();
const [train, test] = [await inMemory('train'), await inMemory('test')];
console.log(`${train.length} + ${test.length} images read in ${seconds(since)}`);

since = performance.now();
const file = join(out, 'cifar10-features.safetensors');
const stored = await readFile(file).catch(() => undefined);
const network = stored
  ? classifierFeatures(stored)
  : await trainClassifierFeatures(arrayDataset({ ...(await everyNth(train, Number(images))), name: 'some' }), {
      name: 'cifar10',
      key: key(0),
      epochs: Number(epochs),
      augment: flipCrop(),
      onEpoch: (epoch, loss) => console.log(`epoch ${epoch}, loss ${loss.toFixed(4)}, ${seconds(since)}`),
    });
await writeFile(file, network.toSafetensors());
console.log(`test accuracy ${(await network.accuracy(test)).toFixed(4)}`);

for (const of of [network, pixelFeatures()] as FeatureNetwork[]) {
  since = performance.now();
  const { lines } = await measureImages({
    network: of,
    real: train,
    generated: test,
    metrics: [frechetMetric(), kernelMetric({ key: key(1), subsets: 10, subsetSize: 500 })],
  });
  lines.forEach((line) => console.log(line));
  console.log(seconds(since));
}
since = performance.now();
const everyOf = (set: FeatureRows, positions: ArrayLike<number>): FeatureRows => {
  const { rows, dims } = set;
  const chosen = new Float32Array(positions.length * dims);
  for (let i = 0; i < positions.length; i++) {
    chosen.set(rows.subarray(positions[i] * dims, (positions[i] + 1) * dims), i * dims);
  }
  return { rows: chosen, dims };
};
const rows = {
  classifier: await extractFeatures(network, train),
  pixels: await extractFeatures(pixelFeatures(), train),
};
const testRows = await extractFeatures(network, test);
const few = precisionRecall(
  everyOf(testRows, permutation(key(3), test.length).subarray(0, 2000)),
  everyOf(rows.classifier, permutation(key(2), train.length).subarray(0, 2000)),
);
const { precision, recall, density, coverage } = few;
console.log('2000 test against 2000 training images:', { precision, recall, density, coverage });

// Two halves of the training images: one distribution, so an unbiased distance is 0 whatever the number of images.
const order = permutation(key(4), train.length);
const half = Math.floor(train.length / 2);
const counts = [100, 200, 500, 1000, 2000, 5000, 10_000, 25_000].filter((count) => count <= half);
const series: Record<string, number[]> = {};
for (const [space, all] of Object.entries(rows)) {
  const reference = everyOf(all, order.subarray(0, half));
  const known = moments(reference);
  const table = counts.map((count, i) => {
    const sample = everyOf(all, order.subarray(half, half + count));
    return {
      count,
      frechet: frechetDistance(count > 2 * all.dims ? moments(sample) : sample, known),
      infinity: space === 'classifier' ? frechetInfinity(sample, known, { key: foldIn(key(5), i) }).value : NaN,
      kernel:
        space === 'classifier'
          ? kernelDistance(sample, reference, { key: foldIn(key(6), i), subsets: 20, subsetSize: Math.min(500, count) })
              .mean
          : NaN,
    };
  });
  console.log(space, all.dims);
  console.table(table);
  series[`Fréchet distance, ${all.dims} dims`] = table.map(({ frechet }) => frechet);
}
console.log(seconds(since));
const svg = await lineChart({
  title: 'Two halves of one data set: the true distance is 0',
  series: Object.entries(series).map(([name, y]) => ({ name, x: counts, y })),
  xLabel: 'images',
  yLabel: 'distance',
  xLog: true,
  yLog: true,
  dots: true,
});
await writeFile(join(out, 'metric-bias.svg'), svg);
network.dispose();
