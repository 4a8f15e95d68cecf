import { check, checkRule, rules } from '@diptych/formats/errors';

/** Overlap of predicted and true regions. */
export interface SegmentationScore {
  /** Mean of `iou` over the classes that are labeled or predicted somewhere. */
  meanIou: number;
  /** Intersection over union of each class; NaN for one that neither occurs nor is predicted. */
  iou: Float64Array;
  /** Share of pixels that are right. */
  pixelAccuracy: number;
}

/**
 * Scores of a segmentation from its confusion matrix [classes, classes], row the label, column the prediction:
 * IoU_k = n_kk / (sum_j n_kj + sum_j n_jk - n_kk).
 *
 * **Shapes** counts [classes, classes], row-major; IoU [classes]. **Memory** what goes in is left as it is.
 *
 * @throws DiptychError if the matrix is not square or counts nothing.
 * @see Everingham et al. 2010, The Pascal visual object classes challenge, section 4.4
 */
export function segmentationScore(counts: ArrayLike<number>): SegmentationScore {
  checkRule('segmentationScore', 'counts', rules.list(rules.nonNegative), counts);
  const classes = Math.sqrt(counts.length);
  check(Number.isInteger(classes) && classes >= 1, 'segmentationScore', 'counts', 'a square matrix', counts.length);
  const [labeled, predicted] = [new Float64Array(classes), new Float64Array(classes)];
  let [total, right] = [0, 0];
  for (let k = 0; k < classes; k++) {
    for (let j = 0; j < classes; j++) {
      const count = counts[k * classes + j];
      labeled[k] += count;
      predicted[j] += count;
      total += count;
      if (j === k) right += count;
    }
  }
  check(total > 0, 'segmentationScore', 'counts', 'of at least one pixel', total);
  const iou = Float64Array.from({ length: classes }, (_, k) => {
    const both = counts[k * classes + k];
    return both / (labeled[k] + predicted[k] - both);
  });
  const present = iou.filter((value) => !Number.isNaN(value));
  return { meanIou: present.reduce((a, b) => a + b, 0) / present.length, iou, pixelAccuracy: right / total };
}
