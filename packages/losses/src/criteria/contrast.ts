import { check } from '@diptych/ops';
import { contrastiveAccuracy } from '../contrastive/contrastive-accuracy.ts';
import { infoNce } from '../contrastive/info-nce.ts';
import type { Criterion } from './criterion.ts';

export interface ContrastOptions {
  /** Divides the cosines. Default 0.2. */
  temperature?: number;
}

/**
 * MoCo v3's criterion: the student's output must find the teacher's of the same image among those of the batch. Logs
 * `accuracy`, the share of images that do.
 *
 * @throws DiptychError on a temperature not above 0.
 * @see `infoNce`
 * @example
 * selfDistillation({ process, tap: 'mid', criterion: contrast({ temperature: 0.2 }) });
 */
export function contrast(options: ContrastOptions = {}): Criterion {
  const { temperature = 0.2 } = options;
  check(
    temperature > 0 && Number.isFinite(temperature),
    'contrast',
    'options.temperature',
    'finite, above 0',
    temperature,
  );
  return {
    compute: (student, teacher) => ({
      loss: infoNce(student, teacher, { temperature }),
      metrics: { accuracy: contrastiveAccuracy(student, teacher) },
    }),
  };
}
