import {
  check,
  checkIntegerIn,
  checkLength,
  checkNotEmpty,
  checkOptions,
  checkRule,
  rules,
} from '@diptych/formats/errors';
import { torchResize, resizeImage, triangleKernel } from '@diptych/ops';
import { evalRules } from '../../features/eval-rules.ts';
import { checkRows, checkSameDims, selectRows } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { partNames } from '../parts/probe-labels.ts';
import { classify } from '../parts/classify.ts';
import { logisticRegression } from '../linear/logistic-regression.ts';
import type { LogisticRegression } from '../linear/logistic-regression.ts';
import { segmentationScore } from './segmentation-score.ts';
import type { SegmentationScore } from './segmentation-score.ts';
import { standardizer } from '../parts/standardizer.ts';

/** Features of every patch of some images, and the class of every pixel. */
export interface DenseRows extends FeatureRows {
  /** [h, w] patches of an image; rows go image by image, patch row by patch row. */
  grid: readonly [number, number];
  /** [n, H, W], row-major: the class of each pixel, 255 where it does not count. */
  masks: Uint8Array | Int32Array;
  /** [H, W] */
  size: readonly [number, number];
}

/** What decides the outcome besides the data. */
export interface DenseProbeProtocol {
  name: 'dense-converged';
  /** Penalties that are tried; the one with the best validation mIoU is taken. */
  l2: readonly number[];
  standardize: boolean;
  tolerance: number;
  maxIterations: number;
  /** How scores of patches become scores of pixels. */
  upsampling: 'bilinear';
  /** The class of pixels that count neither in training nor in the score. */
  ignore: 255;
}

/** How the probe is run. */
export interface DenseProbeOptions {
  /** Number of classes. Default: largest label of the training pixels + 1. */
  classes?: number;
  /** Default 1, 1e-1, 1e-2, 1e-3. */
  l2?: readonly number[];
  /** Default true. */
  standardize?: boolean;
  /** Default 1e-5. */
  tolerance?: number;
  /** Default 1000. */
  maxIterations?: number;
}

/** A probe at one penalty. */
export interface DenseProbeTrial {
  l2: number;
  validationMeanIou: number;
  converged: boolean;
}

/** The outcome of a dense probe. */
export interface DenseProbeResult extends DenseProbeTrial {
  protocol: DenseProbeProtocol;
  /** Of the penalty chosen on the validation images. */
  test: SegmentationScore;
  /** [classes, classes] test pixels: row the label, column the prediction. */
  confusion: Uint32Array;
  classes: number;
  dims: number;
  /** Images in each part. */
  counts: { train: number; validation: number; test: number };
  /** Training patches without a pixel that counts. */
  ignoredPatches: number;
  trials: DenseProbeTrial[];
  warnings: string[];
}

const ignore = 255;

/**
 * Dense probe: one linear classifier on the features of single patches, fitted to convergence on the class that most pixels
 * of a patch have; scores of patches are interpolated bilinearly to the size of the mask, and the result is the mean
 * intersection over union. The penalty is chosen by validation mIoU and reported on the test images. Nothing is random.
 *
 * **Shapes** rows [n * h * w, dims], masks [n, H, W]. **Memory** a standardized copy of each part in float64.
 *
 * @throws DiptychError if rows, masks and sizes do not fit each other or between parts, a label is no class, a number is not
 * finite, or the training patches are all of one class.
 * @see Oquab et al. 2023, DINOv2, section 7.4, arXiv:2304.07193 (linear segmentation of upsampled patch scores)
 * @example
 * const { test } = denseProbe({ train, validation, test: held }, { classes: 21 });
 */
export function denseProbe(
  parts: { train: DenseRows; validation: DenseRows; test: DenseRows },
  options: DenseProbeOptions = {},
): DenseProbeResult {
  const where = 'denseProbe';
  checkOptions(where, options, {
    classes: rules.integerIn(2, ignore),
    l2: evalRules.penalties,
    standardize: rules.flag,
    tolerance: rules.positive,
    maxIterations: rules.count,
  });
  checkRule(where, 'parts', evalRules.splits, parts);
  for (const part of partNames) checkRule(where, part, evalRules.rows, parts[part]);
  const { l2 = [1, 1e-1, 1e-2, 1e-3], standardize = true, tolerance = 1e-5, maxIterations = 1000 } = options;
  const penalties = [...l2].sort((a, b) => b - a);
  checkNotEmpty(where, { l2 });
  const { dims } = parts.train;
  const counts = { train: 0, validation: 0, test: 0 };
  for (const part of partNames) {
    checkSameDims(where, { train: parts.train, [part]: parts[part] });
    counts[part] = checkDense(parts[part], where, part);
  }
  const classes = checkMasks(parts, where, options.classes);
  const majority = patchLabels(parts.train, classes);
  const chosen = Array.from(majority.keys()).filter((patch) => majority[patch] !== ignore);
  const present = new Set(chosen.map((patch) => majority[patch]));
  check(present.size >= 2, where, 'train.masks', 'of patches of at least two classes', present.size);
  const absent = Array.from({ length: classes }, (_, k) => k).filter((k) => !present.has(k));
  const warnings =
    absent.length > 0
      ? [`no training patch is mostly of ${absent.length} of ${classes} classes (${absent.join(', ')})`]
      : [];

  const used = selectRows(parts.train, chosen);
  const labels = chosen.map((patch) => majority[patch]);
  const prepare = standardize ? standardizer(used) : (rows: FeatureRows) => rows;
  const [train, validation] = [prepare(used), prepare(parts.validation)];
  const trials: DenseProbeTrial[] = [];
  let fit: LogisticRegression | undefined;
  let best: { trial: DenseProbeTrial; fit: LogisticRegression } | undefined;
  for (const penalty of penalties) {
    fit = logisticRegression(train, labels, { classes, l2: penalty, tolerance, maxIterations, start: fit });
    const { meanIou } = segmentationScore(pixelCounts(fit, validation, parts.validation));
    const trial: DenseProbeTrial = { l2: penalty, validationMeanIou: meanIou, converged: fit.converged };
    trials.push(trial);
    if (!best || meanIou > best.trial.validationMeanIou) best = { trial, fit };
  }
  const confusion = pixelCounts(best!.fit, prepare(parts.test), parts.test);
  return {
    ...best!.trial,
    protocol: {
      name: 'dense-converged',
      l2: penalties,
      standardize,
      tolerance,
      maxIterations,
      upsampling: 'bilinear',
      ignore,
    },
    test: segmentationScore(confusion),
    confusion,
    classes,
    dims,
    counts,
    ignoredPatches: majority.length - chosen.length,
    trials,
    warnings,
  };
}

function checkDense(part: DenseRows, where: string, name: string): number {
  checkRule(
    where,
    name,
    rules.having('{ rows, dims, grid, size, masks }', 'rows', 'dims', 'grid', 'size', 'masks'),
    part,
  );
  for (const side of ['grid', 'size'] as const) {
    checkRule(where, `${name}.${side}`, rules.list(rules.count), part[side]);
    checkLength(where, { [`${name}.${side}`]: part[side] }, 2);
  }
  checkRule(where, `${name}.masks`, evalRules.numbers, part.masks);
  const [h, w] = part.grid;
  const [height, width] = part.size;
  const fits = height % h === 0 && width % w === 0;
  check(fits, where, `${name}.size`, `a multiple of the grid ${h} x ${w}`, part.size);
  const patches = checkRows(part, where, name);
  check(patches % (h * w) === 0, where, `${name}.rows`, `whole images of ${h * w} patches`, patches);
  const images = patches / (h * w);
  const pixels = images * height * width;
  checkLength(where, { [`${name}.masks`]: part.masks }, pixels, 'one per pixel');
  return images;
}

/** Throws unless every pixel names a class or is ignored; returns the number of classes, by default that of the training pixels. */
function checkMasks(
  parts: Readonly<Record<(typeof partNames)[number], DenseRows>>,
  where: string,
  given?: number,
): number {
  const classes = given ?? Math.min(largestClass(parts.train) + 1, ignore);
  checkIntegerIn(where, { classes }, [2, ignore]);
  for (const name of partNames) {
    const { masks } = parts[name];
    for (let i = 0; i < masks.length; i++) {
      const known = masks[i] === ignore || (masks[i] >= 0 && masks[i] < classes);
      if (!known)
        check(false, where, `${name}.masks[${i}]`, `an integer in 0 .. ${classes - 1} or ${ignore}`, masks[i]);
    }
  }
  return classes;
}

function largestClass({ masks }: DenseRows): number {
  let largest = 0;
  for (const value of masks) if (value !== ignore && value > largest) largest = value;
  return largest;
}

/** The class that most pixels of each patch have, the first one among equals; `ignore` where none counts. */
function patchLabels({ masks, grid, size, rows, dims }: DenseRows, classes: number): Uint8Array {
  const [[h, w], [height, width]] = [grid, size];
  const [down, across] = [height / h, width / w];
  const result = new Uint8Array(rows.length / dims);
  const votes = new Uint32Array(classes);
  for (let patch = 0; patch < result.length; patch++) {
    const image = Math.floor(patch / (h * w));
    const [row, column] = [Math.floor((patch % (h * w)) / w) * down, (patch % w) * across];
    votes.fill(0);
    for (let y = row; y < row + down; y++) {
      for (let x = column; x < column + across; x++) {
        const value = masks[(image * height + y) * width + x];
        if (value !== ignore) votes[value]++;
      }
    }
    const most = votes.reduce((a, b) => Math.max(a, b), 0);
    result[patch] = most > 0 ? votes.indexOf(most) : ignore;
  }
  return result;
}

/** Confusion matrix over the pixels of a part. */
function pixelCounts(fit: LogisticRegression, rows: FeatureRows, { masks, grid, size }: DenseRows): Uint32Array {
  const { classes } = fit;
  const { logits } = classify(fit, rows);
  const counts = new Uint32Array(classes * classes);
  const [patches, pixels] = [grid[0] * grid[1] * classes, size[0] * size[1]];
  for (let image = 0; image < logits.length / patches; image++) {
    const scores = Float32Array.from(logits.subarray(image * patches, (image + 1) * patches));
    const fine = resizeImage(scores, [grid[0], grid[1], classes], size, torchResize(triangleKernel));
    for (let pixel = 0; pixel < pixels; pixel++) {
      const label = masks[image * pixels + pixel];
      if (label === ignore) continue;
      let top = 0;
      for (let k = 1; k < classes; k++) if (fine[pixel * classes + k] > fine[pixel * classes + top]) top = k;
      counts[label * classes + top]++;
    }
  }
  return counts;
}
