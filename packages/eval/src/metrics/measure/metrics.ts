import { checkOptions, rules } from '@diptych/formats/errors';
import type { Key } from '@diptych/core';
import { frechetDistance } from '../frechet/frechet-distance.ts';
import { frechetInfinity } from '../frechet/frechet-infinity.ts';
import { inceptionScore, inceptionScoreRules } from '../inception-score/inception-score.ts';
import type { InceptionScoreOptions } from '../inception-score/inception-score.ts';
import { gaussianMmd, gaussianMmdRules } from '../mmd/gaussian-mmd.ts';
import type { GaussianMmdOptions } from '../mmd/gaussian-mmd.ts';
import { kernelDistance, kernelDistanceRules } from '../mmd/kernel-distance.ts';
import type { KernelDistanceOptions } from '../mmd/kernel-distance.ts';
import { precisionRecall, precisionRecallRules } from '../precision-recall/precision-recall.ts';
import type { PrecisionRecallOptions } from '../precision-recall/precision-recall.ts';
import { metricName } from './image-metric.ts';
import type { ImageMetric } from './image-metric.ts';
import { keyRule } from '@diptych/core/random';

/** The Fréchet distance: FID in its own network. @see frechetDistance */
export const frechetMetric = (): ImageMetric => ({
  needs: ['moments'],
  comparing: true,
  figures: (generated, real, network) => [
    { name: metricName(network, 'FID', 'FD'), value: frechetDistance(generated.gaussian!, real.gaussian!) },
  ],
});

/** The Fréchet distance of infinitely many generated images. @see frechetInfinity */
export function frechetInfinityMetric(options: { key: Key }): ImageMetric {
  checkOptions('frechetInfinityMetric', options, { key: rules.required(keyRule) });
  return {
    needs: ['moments', 'rows'],
    comparing: true,
    figures: (generated, real, network) => [
      {
        name: metricName(network, 'FID-infinity', 'FD-infinity'),
        value: frechetInfinity(generated.rows!, real.gaussian!, options).value,
      },
    ],
  };
}

/** The Fréchet distance of spatial features: sFID in its own network. @see inception */
export const spatialFrechetMetric = (): ImageMetric => ({
  needs: ['spatial'],
  comparing: true,
  figures: (generated, real, network) => [
    { name: metricName(network, 'sFID', 'sFD'), value: frechetDistance(generated.spatial!, real.spatial!) },
  ],
});

/** The kernel distance: KID in FID's network. @see kernelDistance */
export function kernelMetric(options: KernelDistanceOptions): ImageMetric {
  checkOptions('kernelMetric', options, kernelDistanceRules);
  return {
    needs: ['rows'],
    comparing: true,
    figures(generated, real, network) {
      const { mean, std } = kernelDistance(generated.rows!, real.rows!, options);
      return [{ name: metricName(network, 'KID', 'KD'), value: mean, std }];
    },
  };
}

/** The Inception Score; needs no real images. @see inceptionScore */
export function inceptionScoreMetric(options: InceptionScoreOptions = {}): ImageMetric {
  checkOptions('inceptionScoreMetric', options, inceptionScoreRules);
  return {
    needs: ['logits'],
    comparing: false,
    figures(generated, _, network) {
      const { mean, std } = inceptionScore(generated.logits!, options);
      return [{ name: metricName(network, 'IS', 'Score'), value: mean, std }];
    },
  };
}

/** Precision, recall, density and coverage. @see precisionRecall */
export function precisionRecallMetric(options: PrecisionRecallOptions = {}): ImageMetric {
  checkOptions('precisionRecallMetric', options, precisionRecallRules);
  return {
    needs: ['rows'],
    comparing: true,
    figures(generated, real) {
      const found = precisionRecall(generated.rows!, real.rows!, options);
      return (['precision', 'recall', 'density', 'coverage'] as const).map((name) => ({ name, value: found[name] }));
    },
  };
}

/** The Gaussian-kernel MMD: CMMD where the network is CLIP's. @see gaussianMmd */
export function mmdMetric(options: GaussianMmdOptions = {}): ImageMetric {
  checkOptions('mmdMetric', options, gaussianMmdRules);
  return {
    needs: ['rows'],
    comparing: true,
    figures: (generated, real, network) => [
      { name: metricName(network, 'MMD-inception', 'MMD'), value: gaussianMmd(generated.rows!, real.rows!, options) },
    ],
  };
}
