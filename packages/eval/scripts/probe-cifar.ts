// Probes raw pixels of CIFAR-10 by every protocol on the same rows. Run from the repository's root, with the folders
// train/<class>/ and test/<class>/ of images: npx tsx packages/eval/scripts/probe-cifar.ts ~/.cache/diptych [training images]
//
// The last tenth of the chosen training images is the validation part; the 10,000 test images are reported on.
import { foldIn, key, permutation } from '@diptych/core';
import { toBatch, subset } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { imageFolder } from '@diptych/data/node';
import { ddaeProbe, linearProbe } from '../src/index.ts';
import type { LabeledRows } from '../src/index.ts';
import { accuracy, classify, nearestNeighborVote, ridgeClassifier } from '../src/probes/index.ts';

const [folder, count = '50000'] = process.argv.slice(2);
const train = await imageFolder(`${folder}/train`);
const chosen = permutation(foldIn(key(0), 0), train.length).subarray(0, Number(count));
const held = Math.round(chosen.length / 10);

async function pixels(data: Dataset): Promise<LabeledRows> {
  const { x, label } = await toBatch(data);
  return { rows: Float32Array.from(x, (level) => level / 127.5 - 1), dims: 3072, labels: label! };
}
const parts = {
  train: await pixels(subset(train, chosen.subarray(0, -held))),
  validation: await pixels(subset(train, chosen.subarray(-held))),
  test: await pixels(await imageFolder(`${folder}/test`)),
};
const sizes = Object.entries(parts).map(([name, { labels }]) => `${name} ${labels.length}`);
console.log(sizes.join(', '));

async function report(name: string, run: () => { testAccuracy: number; detail: string }): Promise<void> {
  const start = performance.now();
  const { testAccuracy, detail } = run();
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${name}: test ${testAccuracy.toFixed(4)}, ${detail}, ${seconds} s`);
  await new Promise((resolve) => setTimeout(resolve));
}

await report('ddae without augmentation', () => {
  const { testAccuracy, validationAccuracy } = ddaeProbe(parts, { key: key(0) });
  return { testAccuracy, detail: `validation ${validationAccuracy.toFixed(4)}` };
});
await report('ridge', () => {
  const trials = [1e2, 1e4, 1e5].map((alpha) => {
    const fit = ridgeClassifier(parts.train, parts.train.labels, { alpha, classes: 10 });
    return { alpha, fit, held: accuracy(classify(fit, parts.validation).prediction, parts.validation.labels) };
  });
  const best = trials.reduce((a, b) => (b.held > a.held ? b : a));
  const testAccuracy = accuracy(classify(best.fit, parts.test).prediction, parts.test.labels);
  return { testAccuracy, detail: `validation ${best.held.toFixed(4)}, alpha ${best.alpha}` };
});
await report('converged', () => {
  const found = linearProbe(parts, { l2: [1, 1e-1, 1e-2], tolerance: 1e-4, maxIterations: 500 });
  const trials = found.trials.map(({ l2, validationAccuracy: v, converged }) => `${l2}: ${v.toFixed(4)} ${converged}`);
  return { testAccuracy: found.testAccuracy, detail: `l2 ${found.l2} (${trials.join(', ')})` };
});
await report('weighted 20-NN, cosine', () => {
  const { prediction } = nearestNeighborVote(parts.train, parts.test, { k: 20 });
  return { testAccuracy: accuracy(prediction, parts.test.labels), detail: 'nothing chosen' };
});
