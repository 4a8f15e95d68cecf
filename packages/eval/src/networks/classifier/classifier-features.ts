import type { Batch } from '@diptych/core';
import { bytesToSigned, sequentialBatches } from '@diptych/data';
import { checkBatch } from '@diptych/data/dataset';
import type { Dataset } from '@diptych/data';
import { checkRule, fail, FormatError } from '@diptych/formats/errors';
import { readSafetensors, writeSafetensors } from '@diptych/formats';
import type { HostTensors } from '@diptych/formats';
import * as tf from '@tensorflow/tfjs-core';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureNetwork } from '../feature-network.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { matchWeights } from '../weights/match-weights.ts';
import { classifierGraph } from './classifier-graph.ts';
import { classifierShapes } from './classifier-layers.ts';
import type { ClassifierSizes } from './classifier-layers.ts';

/** A small classifier as a feature network. */
export interface ClassifierFeatures extends FeatureNetwork {
  readonly sizes: ClassifierSizes;
  /** Class scores. */
  logits(images: Batch): Promise<FeatureRows>;
  /** Share of the images of a set with labels that it puts into their class. */
  accuracy(set: Dataset): Promise<number>;
  /** A safetensors file from which `classifierFeatures` makes it again. */
  toSafetensors(): Uint8Array;
  /** Frees the weights. */
  dispose(): void;
}

/**
 * A classifier that `trainClassifierFeatures` made and `toSafetensors` stored. Two results can be compared only with the same file:
 * keep it with the figures.
 *
 * **Shapes** images [B, H, W, C] of the size that it was trained on. **Units** float32 in [-1, 1], or uint8. **Memory** its weights
 * until `dispose`.
 *
 * @throws DiptychError if the file is no such classifier, listing every tensor that does not fit
 * @example
 * const network = classifierFeatures(await readFile('cifar10-features.safetensors'));
 */
export function classifierFeatures(file: Uint8Array): ClassifierFeatures {
  const where = 'classifierFeatures';
  checkRule(where, 'file', evalRules.bytes, file);
  const { tensors, metadata } = readSafetensors(file);
  const { name, sizes: text } = metadata;
  if (name === undefined || text === undefined)
    throw new FormatError(where, 'the file holds weights, but not of a classifier');
  return fromTensors(name, JSON.parse(text) as ClassifierSizes, tensors);
}

/** The network of given weights. */
export function fromTensors(name: string, sizes: ClassifierSizes, tensors: HostTensors): ClassifierFeatures {
  const where = `classifierFeatures (${name})`;
  const shapes = classifierShapes(sizes);
  const numbers = matchWeights(tensors, shapes, where);
  const weights = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, tf.keep(tf.tensor(numbers[name], [...shape]))]),
  );

  async function outputs(images: Batch): Promise<{ features: FeatureRows; logits: FeatureRows }> {
    checkBatch(images, { image: sizes.image, where });
    if (weights['head.bias'].isDisposed) fail(where, 'the network has been disposed');
    const x = images.x instanceof Uint8Array ? bytesToSigned(images.x) : images.x;
    const found = tf.tidy(() => classifierGraph(tf.tensor4d(x, [...images.shape]), weights, sizes));
    const [features, logits] = await Promise.all([found.features.data(), found.logits.data()]);
    tf.dispose(found);
    return {
      features: { rows: Float32Array.from(features), dims: sizes.features },
      logits: { rows: Float32Array.from(logits), dims: sizes.classes },
    };
  }
  return {
    name,
    dims: sizes.features,
    sizes,
    features: async (images) => (await outputs(images)).features,
    logits: async (images) => (await outputs(images)).logits,
    async outputs(images, wanted) {
      if (wanted.includes('spatial')) fail(where, 'the network has no spatial features, only logits');
      return outputs(images);
    },
    async accuracy(set) {
      let right = 0;
      for await (const batch of sequentialBatches(set)) {
        if (!batch.label) fail(where, `${set.name} has no labels`);
        const { rows } = (await outputs(batch)).logits;
        for (let i = 0; i < batch.shape[0]; i++) {
          const row = rows.subarray(i * sizes.classes, (i + 1) * sizes.classes);
          if (row.indexOf(Math.max(...row)) === batch.label[i]) right++;
        }
      }
      return right / set.length;
    },
    toSafetensors: () => {
      const stored = Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [
          name,
          { shape, dtype: 'float32' as const, data: numbers[name] },
        ]),
      );
      return writeSafetensors(stored, { name, sizes: JSON.stringify(sizes) });
    },
    dispose: () => Object.values(weights).forEach((tensor) => tensor.dispose()),
  };
}
