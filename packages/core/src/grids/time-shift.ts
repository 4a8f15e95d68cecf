import { checkOptions, checkPositive, checkShare, rules } from '@diptych/formats/errors';

export interface TimeShiftOptions {
  /** Exponent on (1/t - 1). Default 1. */
  power?: number;
}

/**
 * Moves flow times towards noise, for images larger than the network saw: t' = s/(s + (1/t - 1)^power), with power 1
 * t' = s t/(1 + (s - 1) t). "Dynamic" shifting takes s from the number of tokens: e^`shiftForTokens(n)`.
 *
 * @throws DiptychError if shift or power is not finite and > 0, or t not in [0, 1]
 * @see Esser et al. 2024, "Scaling rectified flow transformers", eq. 23, arXiv:2403.03206
 * @example
 * flowSigmas(28, { shift: (t) => timeShift(t, 3) });
 */
export function timeShift(t: number, shift: number, options: TimeShiftOptions = {}): number {
  const { power = 1 } = checkOptions('timeShift', options, { power: rules.positive });
  checkPositive('timeShift', { shift });
  checkShare('timeShift', { t });
  return shift / (shift + (1 / t - 1) ** power);
}
