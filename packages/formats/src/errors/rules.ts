import { check } from './check.ts';

/** Values by the names of their parameters. */
export type NamedValues = Readonly<Record<string, unknown>>;

/**
 * Each value is a positive integer: a number of steps, rows, channels.
 *
 * @throws DiptychError if one is not
 * @example
 * checkCount('trainLoop', { steps, batchSize });
 */
export function checkCount(where: string, values: NamedValues): void {
  checkEach(where, values, 'a positive integer', (value) => Number.isSafeInteger(value) && (value as number) > 0);
}

/**
 * Each value is an integer from 0: an index, a step that has been made, a number that may be none.
 *
 * @throws DiptychError if one is not
 * @example
 * checkIndex('trainLoop', { resumeAt });
 */
export function checkIndex(where: string, values: NamedValues): void {
  checkEach(where, values, 'an integer >= 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
}

/**
 * Each value is finite and above 0.
 *
 * @throws DiptychError if one is not
 * @example
 * checkPositive('edm', { sigmaData, pStd });
 */
export function checkPositive(where: string, values: NamedValues): void {
  checkEach(where, values, 'a finite number > 0', (value) => Number.isFinite(value) && (value as number) > 0);
}

/**
 * Each value is finite and not below 0.
 *
 * @throws DiptychError if one is not
 * @example
 * checkNonNegative('adamW', { weightDecay });
 */
export function checkNonNegative(where: string, values: NamedValues): void {
  checkEach(where, values, 'a finite number >= 0', (value) => Number.isFinite(value) && (value as number) >= 0);
}

/**
 * Each value is a finite number.
 *
 * @throws DiptychError if one is not
 * @example
 * checkFinite('logNormal', { mean });
 */
export function checkFinite(where: string, values: NamedValues): void {
  checkEach(where, values, 'a finite number', Number.isFinite);
}

/**
 * Each value is a share: a number in [0, 1].
 *
 * @throws DiptychError if one is not
 * @example
 * checkShare('labelDropout', { probability });
 */
export function checkShare(where: string, values: NamedValues): void {
  const holds = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
  checkEach(where, values, 'a number in [0, 1]', holds);
}

/**
 * Each value is true or false.
 *
 * @throws DiptychError if one is not
 * @example
 * checkFlag('imageFolder', { skipBad });
 */
export function checkFlag(where: string, values: NamedValues): void {
  checkEach(where, values, 'true or false', (value) => typeof value === 'boolean');
}

/**
 * Each value is one of the choices.
 *
 * @throws DiptychError if one is not
 * @example
 * checkIn('dpmSolverPP', { order }, [1, 2, 3]);
 */
export function checkIn(where: string, values: NamedValues, choices: readonly unknown[]): void {
  const words = choices.map((choice) => (typeof choice === 'string' ? JSON.stringify(choice) : String(choice)));
  checkEach(where, values, `one of ${words.join(', ')}`, (value) => choices.includes(value));
}

function checkEach(where: string, values: NamedValues, rule: string, holds: (value: unknown) => boolean): void {
  for (const [parameter, value] of Object.entries(values)) check(holds(value), where, parameter, rule, value);
}
