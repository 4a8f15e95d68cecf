import { check } from './check.ts';

/** Values by the names of their parameters. */
export type NamedValues = Readonly<Record<string, unknown>>;

/** Lists by the names of their parameters. */
export type NamedLists = Readonly<Record<string, ArrayLike<unknown>>>;

/**
 * Each value is a positive integer: a number of steps, rows, channels.
 *
 * @throws DiptychError if one is not
 * @example
 * checkCount('trainLoop', { steps, batchSize });
 */
export function checkCount(where: string, values: NamedValues): void {
  checkInteger(where, values, 1);
}

/**
 * Each value is an integer from 0: an index, a step that has been made, a number that may be none.
 *
 * @throws DiptychError if one is not
 * @example
 * checkIndex('trainLoop', { resumeAt });
 */
export function checkIndex(where: string, values: NamedValues): void {
  checkInteger(where, values, 0);
}

/**
 * Each value is an integer from `least` to `most`, both of them allowed: neighbors among the rows there are, a class number.
 *
 * @throws DiptychError if one is not
 * @example
 * checkInteger('precisionRecall', { k }, 1, rows - 1);
 */
export function checkInteger(where: string, values: NamedValues, least: number, most = Infinity): void {
  checkEach(where, values, integerRule(least, most), (value) => isInteger(value, least, most));
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
 * Each list holds integers from `least` to `most` only: classes, positions.
 *
 * @throws DiptychError naming the first bad number and its position
 * @example
 * checkAllIntegers('linearProbe', { labels }, 0, classes - 1);
 */
export function checkAllIntegers(where: string, values: NamedLists, least: number, most = Infinity): void {
  checkItems(where, values, integerRule(least, most), (item) => isInteger(item, least, most));
}

/**
 * Each list holds finite numbers only.
 *
 * @throws DiptychError naming the first bad number and its position
 * @example
 * checkAllFinite('frechetDistance', { mean, covariance });
 */
export function checkAllFinite(where: string, values: NamedLists): void {
  checkItems(where, values, 'a finite number', Number.isFinite);
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

/**
 * Each list holds at least one item.
 *
 * @throws DiptychError if one is empty
 * @example
 * checkNotEmpty('weightedSum', { terms });
 */
export function checkNotEmpty(where: string, values: NamedLists): void {
  for (const [parameter, list] of Object.entries(values)) check(list.length > 0, where, parameter, 'not empty', list);
}

/**
 * Each list has this length; `each` says what an item stands for.
 *
 * @throws DiptychError if one is longer or shorter
 * @example
 * checkLength('linearProbe', { labels }, rows, 'one per row');
 */
export function checkLength(where: string, values: NamedLists, length: number, each?: string): void {
  const rule = each === undefined ? `of length ${length}` : `of length ${length}, ${each}`;
  for (const [parameter, list] of Object.entries(values)) {
    check(list.length === length, where, parameter, rule, list.length);
  }
}

/**
 * Each tensor has this shape. A name stands for any size, `'...'` for any number of axes.
 *
 * @throws DiptychError if one has another shape
 * @example
 * checkShape('mlpHead', { x }, ['B', this.inputs]);
 * checkShape('tokenCosineLoss', { projected }, ['B', '...', 'D']);
 */
export function checkShape(
  where: string,
  values: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  shape: readonly (number | string)[],
): void {
  const gap = shape.indexOf('...');
  const [head, tail] = gap < 0 ? [shape, []] : [shape.slice(0, gap), shape.slice(gap + 1)];
  const rule = `of shape [${shape.join(', ')}]`;
  for (const [parameter, value] of Object.entries(values)) {
    const { length } = value.shape;
    const rank = gap < 0 ? length === head.length : length >= head.length + tail.length;
    const holds = rank && fits(value.shape, head, 0) && fits(value.shape, tail, length - tail.length);
    check(holds, where, parameter, rule, 'dtype' in value ? value : value.shape);
  }
}

function fits(sizes: readonly number[], wanted: readonly (number | string)[], from: number): boolean {
  return wanted.every((size, i) => typeof size === 'string' || sizes[from + i] === size);
}

function checkEach(where: string, values: NamedValues, rule: string, holds: (value: unknown) => boolean): void {
  for (const [parameter, value] of Object.entries(values)) check(holds(value), where, parameter, rule, value);
}

function checkItems(where: string, values: NamedLists, rule: string, holds: (item: unknown) => boolean): void {
  for (const [parameter, list] of Object.entries(values)) {
    for (let i = 0; i < list.length; i++) {
      if (!holds(list[i])) check(false, where, `${parameter}[${i}]`, rule, list[i]);
    }
  }
}

function integerRule(least: number, most: number): string {
  if (most !== Infinity) return `an integer in ${least}..${most}`;
  return least === 1 ? 'a positive integer' : `an integer >= ${least}`;
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}
