import type { NamedVariables } from '@diptych/core';
import { DiptychError } from '@diptych/formats/errors';
import type { TrainEvent } from './train-event.ts';

/** What to say when steps stay non-finite: which, in which term, and where to look. */
export async function nonFiniteError(
  event: TrainEvent,
  skipped: number,
  weights: NamedVariables,
): Promise<DiptychError> {
  const broken: string[] = [];
  for (const [name, variable] of Object.entries(weights)) {
    if (!(await variable.data()).every(Number.isFinite)) broken.push(name);
  }
  const terms = Object.entries({ loss: event.loss, 'gradient norm': event.gradientNorm, ...event.metrics });
  const list = (of: typeof terms) => of.map(([name, value]) => `${name} ${value}`).join(', ');
  const wrong = list(terms.filter(([, value]) => !Number.isFinite(value)));
  const sound = list(terms.filter(([, value]) => Number.isFinite(value)));
  const advice =
    broken.length > 0
      ? `the weights already hold NaN or infinity (${broken.slice(0, 3).join(', ')}): start from others`
      : 'try a lower learning rate, a longer warm-up, or clip: 1; the weights are those of the last good step';
  return new DiptychError({
    where: 'train',
    parameter: `loss and gradient of ${skipped === 1 ? 'step' : `${skipped} steps up to`} ${event.step}`,
    rule: `finite (${advice})`,
    value: sound ? `${wrong}; finite are ${sound}` : wrong,
  });
}
