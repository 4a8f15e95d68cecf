import type { Batch } from '@diptych/core';
import { checkBatch } from '@diptych/data/dataset';
import type { FeatureNetwork } from '../feature-network.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { digitNetwork, digitWeightShapes } from './digit-network.ts';
import type { DigitOutputs, DigitWeights } from './digit-network.ts';
import { digitHalves, digitTraining } from './weights.ts';

/** The digit classifier as a feature network. */
export interface DigitFeatures extends FeatureNetwork {
  /** Class scores, ten per image. */
  logits(images: Batch): FeatureRows;
  /** How it was trained and what it scores on each part of the digits. */
  readonly training: typeof digitTraining;
}

/**
 * The frozen feature network for 8x8 digits, behind the metric `FD-digits` (never FID: that name belongs to one Inception).
 *
 * A small convolutional classifier, trained once by this project on the training part of the digits (recipe and accuracy in
 * `training`), its 64 features taken before the last rectifier, where they are closer to Gaussian and none is dead. A
 * network of its own rather than raw pixels, since a pixel distance calls a sharp digit one pixel off worse than a blur.
 * It runs on the host, so its numbers do not depend on the backend.
 *
 * **Shapes** images [B, 8, 8, 1]. **Units** float32 in [-1, 1] with -1 paper, or uint8. **Memory** no tensors.
 *
 * @throws DiptychError if images have another size or hold NaN or infinity.
 * @example
 * const { rows, dims } = digitFeatures().features(await digits().batch([0, 1, 2]));
 */
export function digitFeatures(): DigitFeatures {
  const weights = storedWeights();
  const run = (images: Batch): DigitOutputs => {
    checkBatch(images, { image: [8, 8, 1], where: 'digitFeatures' });
    return digitNetwork(weights, images.x, images.shape[0]);
  };
  return {
    name: 'digits',
    dims: 64,
    training: digitTraining,
    features: (images): FeatureRows => ({ rows: run(images).features, dims: 64 }),
    logits: (images) => ({ rows: run(images).logits, dims: 10 }),
  };
}

function storedWeights(): DigitWeights {
  const text = atob(digitHalves);
  let at = 0;
  const next = () => {
    const bits = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);
    at += 2;
    return halfToNumber(bits);
  };
  const entries = Object.entries(digitWeightShapes).map(([name, shape]) => {
    const size = shape.reduce((a: number, b) => a * b, 1);
    return [name, Float32Array.from({ length: size }, next)];
  });
  return Object.fromEntries(entries) as DigitWeights;
}

/** A float16 that is zero or normal: others are not stored. */
function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const size = exponent === 0 ? 0 : 2 ** (exponent - 15) * (1 + (bits & 1023) / 1024);
  return bits & 0x8000 ? -size : size;
}
