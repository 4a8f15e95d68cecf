import { edm, type Network } from '@diptych/core';
import type * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import type { LinearProbeGridOptions } from './linear-probe-grid.ts';
import { networkFeatures } from './network-features.ts';

declare const network: Network;
declare const ema: tf.NamedTensorMap | undefined;

// What it returns is what a grid takes, with the running average of a training that may keep none.
const features = networkFeatures(network, edm(), { taps: ['mid'], weights: ema, label: ({ label }) => label! });
expectTypeOf(features).toEqualTypeOf<LinearProbeGridOptions['features']>();

// @ts-expect-error a pool gives one vector per image
networkFeatures(network, edm(), { pool: (feature: tf.Tensor): tf.Tensor3D => feature as tf.Tensor3D });
