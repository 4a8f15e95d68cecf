import { rules, type OptionRules } from '@diptych/formats/errors';
import type { ProbeOutcome } from '../parts/probe-outcome.ts';

/** What decides the outcome of a probe of protocol `ddae` besides the data and the key; every result carries it. */
export interface DdaeProtocol {
  name: 'ddae';
  optimizer: 'adam';
  /** Of the first epoch; it falls along half a cosine, epoch by epoch. */
  learningRate: number;
  epochs: number;
  batchSize: number;
  /** How the training images are changed before the network sees them. */
  augmentation: string;
  /** Batch normalization without parameters of its own before the layer: a deviation that others' protocols have. */
  batchNorm: boolean;
}

/** The numbers of the protocol that may be set. */
export interface DdaeSettings {
  /** Default 1e-3. */
  learningRate?: number;
  /** Default 15. */
  epochs?: number;
  /** Default 128. */
  batchSize?: number;
  /** Default false: features as they are. */
  batchNorm?: boolean;
}

/** What a probe of protocol `ddae` reports. `trainAccuracy` is that of the last epoch, each batch before its step. */
export interface DdaeOutcome extends ProbeOutcome {
  /** Mean cross-entropy of every epoch, each batch before its step; nats. */
  trainLoss: number[];
}

export const ddaeRules: OptionRules<DdaeSettings> = {
  learningRate: rules.positive,
  epochs: rules.count,
  batchSize: rules.count,
  batchNorm: rules.flag,
};

/** The protocol with these settings; throws where they are none. */
export function ddaeProtocol(settings: DdaeSettings, augmentation: string): DdaeProtocol {
  const { learningRate = 1e-3, epochs = 15, batchSize = 128, batchNorm = false } = settings;
  return { name: 'ddae', optimizer: 'adam', learningRate, epochs, batchSize, augmentation, batchNorm };
}

/** Half a cosine from the first epoch's rate to 0, which the epoch after the last one would have. */
export function cosineRate({ learningRate, epochs }: DdaeProtocol, epoch: number): number {
  return (learningRate / 2) * (1 + Math.cos((Math.PI * epoch) / epochs));
}
