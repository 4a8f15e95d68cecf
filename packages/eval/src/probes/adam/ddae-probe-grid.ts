import { foldIn } from '@diptych/core';
import type { Key } from '@diptych/core';
import { batches } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { check, checkOptions } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import { labelsOf, splitLabels } from '../parts/probe-labels.ts';
import { classify } from '../parts/classify.ts';
import { checkTaps, passBatches } from '../grid/collect-pass.ts';
import { confusionMatrix } from '../parts/confusion-matrix.ts';
import { cosineRate, ddaeProtocol, ddaeRules } from './ddae-protocol.ts';
import type { DdaeOutcome, DdaeProtocol, DdaeSettings } from './ddae-protocol.ts';
import { flipCrop } from '../parts/flip-crop.ts';
import type { ImageAugmentation } from '../parts/flip-crop.ts';
import { LinearHead } from './linear-head.ts';
import { gridRules, checkSigmas, gridOutcome } from '../grid/probe-grid.ts';
import type { GridCell, GridOutcome, ProbeSplits } from '../grid/probe-grid.ts';
import type { TapFeatures } from '../grid/tap-features.ts';

/** What is probed, where, and how. */
export interface DdaeProbeGridOptions extends DdaeSettings {
  features: TapFeatures;
  /** Labeled data: fitted on, chosen on, reported on. */
  splits: ProbeSplits;
  /** Noise levels. */
  sigmas: readonly number[];
  /** Decides first weights, order, augmentation and noise. */
  key: Key;
  /** How training images are changed. Default `flipCrop()`; null leaves them as they are. */
  augmentation?: ImageAugmentation | null;
  /** Number of classes. Default: what the training part says, or its largest label + 1. */
  classes?: number;
  /** Stops between two batches. */
  signal?: AbortSignal;
  /** Called after every epoch. */
  onProgress?: (progress: { epoch: number; epochs: number }) => void;
}

/** One layer at one noise level. */
export interface DdaeCell extends GridCell, Omit<DdaeOutcome, 'warnings'> {}

/** The outcome of a grid of protocol `ddae`. */
export type DdaeProbeGrid = GridOutcome<DdaeProtocol, DdaeCell>;

/**
 * Linear probes of every layer at every noise level, protocol `ddae`: in each of 15 epochs the training images are flipped
 * and cropped anew, noised anew and sent through the network, and a linear layer on the raw features of every tap and noise
 * level takes a step of Adam. One network pass per batch and noise level serves all taps. Validation and test images are
 * not augmented and are noised once; the layers are those of the last epoch; the best cell is chosen by validation.
 *
 * **Memory** the layers, three times in doubles; no features are kept.
 *
 * @throws DiptychError if data has no labels or one class only, or the features are unsound or change their taps or dims
 * from batch to batch; `signal.reason` when stopped.
 * @see Xiang et al. 2023, Denoising diffusion autoencoders are unified self-supervised learners, arXiv:2303.09769, and its
 * code, `linear.py` (which chooses by test accuracy)
 * @example
 * const grid = await ddaeProbeGrid({ features, splits: digitSplits(), sigmas: [0.06], key: key(0), augmentation: null });
 */
export async function ddaeProbeGrid(options: DdaeProbeGridOptions): Promise<DdaeProbeGrid> {
  const where = 'ddaeProbeGrid';
  checkOptions(where, options, {
    ...ddaeRules,
    ...gridRules,
    augmentation: {
      words: 'an augmentation, or null for none',
      holds: (value) => value === null || evalRules.augmentation.holds(value),
    },
    classes: evalRules.classes,
  });
  const { features, splits, sigmas, key, augmentation = flipCrop(), signal, onProgress } = options;
  checkSigmas(sigmas, where);
  const protocol = ddaeProtocol(options, augmentation?.name ?? 'none');
  const { batchSize, epochs, batchNorm } = protocol;
  const { labels, classes, warnings } = await splitLabels(splits, where, { classes: options.classes, signal });

  const [initKey, orderKey, augmentKey, noiseKey] = [0, 1, 2, 3].map((part) => foldIn(key, part));
  const heads = sigmas.map(() => new Map<string, { head: LinearHead; loss: number[]; right: number }>());
  const dimsOf: Record<string, number> = {};
  const stream = batches(splits.train, { batchSize, key: orderKey, dropRemainder: false });
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = cosineRate(protocol, epoch);
    for (const column of heads) for (const entry of column.values()) entry.right = 0;
    for (let step = 0; step < stream.stepsPerEpoch; step++) {
      signal?.throwIfAborted();
      const number = epoch * stream.stepsPerEpoch + step;
      const clean = await stream.at(number);
      const images = augmentation ? await augmentation.apply(clean, foldIn(augmentKey, number)) : clean;
      const label = labelsOf(images, splits.train, where);
      for (const [column, sigma] of sigmas.entries()) {
        const noise = foldIn(foldIn(noiseKey, column), 2 + epoch);
        const rows = await features(images, sigma, noise, step * batchSize);
        checkTaps(rows, label.length, dimsOf, where);
        for (const [index, tap] of Object.keys(rows).entries()) {
          let entry = heads[column].get(tap);
          if (!entry) {
            const dims = dimsOf[tap];
            const head = new LinearHead({ dims, classes, key: foldIn(initKey, index), batchNorm });
            heads[column].set(tap, (entry = { head, loss: [], right: 0 }));
          }
          const { loss, right } = entry.head.step(rows[tap], label, rate);
          entry.loss[epoch] = (entry.loss[epoch] ?? 0) + (loss * label.length) / splits.train.length;
          entry.right += right;
        }
      }
    }
    onProgress?.({ epoch: epoch + 1, epochs });
  }

  const found = new Map<string, DdaeCell[]>();
  const counts = { train: splits.train.length, validation: splits.validation.length, test: splits.test.length };
  for (const [column, sigma] of sigmas.entries()) {
    const classifiers = new Map([...heads[column]].map(([tap, { head }]) => [tap, head.classifier()]));
    const predict = async (dataset: Dataset, part: number) => {
      const predicted = new Map([...classifiers.keys()].map((tap) => [tap, [] as number[]]));
      const noise = foldIn(foldIn(noiseKey, column), part);
      for await (const { rows } of passBatches(dataset, { where, features, sigma, key: noise, batchSize, signal })) {
        for (const [tap, classifier] of classifiers) {
          check(rows[tap], where, 'features', `rows for tap ${tap} in every part`, Object.keys(rows));
          predicted.get(tap)!.push(...classify(classifier, rows[tap]).prediction);
        }
      }
      return predicted;
    };
    const [validation, test] = [await predict(splits.validation, 0), await predict(splits.test, 1)];
    for (const [tap, { loss, right }] of heads[column]) {
      const chosenBy = confusionMatrix(validation.get(tap)!, labels.validation, { classes });
      const confusion = confusionMatrix(test.get(tap)!, labels.test, { classes });
      const cell: DdaeCell = {
        tap,
        sigma,
        trainAccuracy: right / counts.train,
        validationAccuracy: shareRight(chosenBy.counts, classes),
        testAccuracy: shareRight(confusion.counts, classes),
        trainLoss: loss,
        dims: dimsOf[tap],
        classes,
        counts,
        confusion,
      };
      found.set(tap, [...(found.get(tap) ?? []), cell]);
    }
  }
  return gridOutcome(where, found, { protocol, sigmas, key, batchSize, splits }, warnings);
}

function shareRight(counts: Uint32Array, classes: number): number {
  let right = 0;
  for (let k = 0; k < classes; k++) right += counts[k * classes + k];
  return right / counts.reduce((a, b) => a + b, 0);
}
