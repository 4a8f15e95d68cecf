import { check } from './check.ts';
import { checkRule, type Interval, type Rule, rules } from './options.ts';

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
  checkEach(where, values, rules.count);
}

/**
 * Each value is an integer from 0: an index, a step that has been made, a number that may be none.
 *
 * @throws DiptychError if one is not
 * @example
 * checkIndex('trainLoop', { resumeAt });
 */
export function checkIndex(where: string, values: NamedValues): void {
  checkEach(where, values, rules.index);
}

/**
 * Each value is finite and above 0.
 *
 * @throws DiptychError if one is not
 * @example
 * checkPositive('edm', { sigmaData, pStd });
 */
export function checkPositive(where: string, values: NamedValues): void {
  checkEach(where, values, rules.positive);
}

/**
 * Each value is finite and not below 0.
 *
 * @throws DiptychError if one is not
 * @example
 * checkNonNegative('adamW', { weightDecay });
 */
export function checkNonNegative(where: string, values: NamedValues): void {
  checkEach(where, values, rules.nonNegative);
}

/**
 * Each value is a finite number.
 *
 * @throws DiptychError if one is not
 * @example
 * checkFinite('logNormal', { mean });
 */
export function checkFinite(where: string, values: NamedValues): void {
  checkEach(where, values, rules.finite);
}

/**
 * Each value is a share: a number in [0, 1].
 *
 * @throws DiptychError if one is not
 * @example
 * checkShare('labelDropout', { probability });
 */
export function checkShare(where: string, values: NamedValues): void {
  checkEach(where, values, rules.share);
}

/**
 * Each value is true or false.
 *
 * @throws DiptychError if one is not
 * @example
 * checkFlag('imageFolder', { skipBad });
 */
export function checkFlag(where: string, values: NamedValues): void {
  checkEach(where, values, rules.flag);
}

/**
 * Each value is one of the choices.
 *
 * @throws DiptychError if one is not
 * @example
 * checkIn('dpmSolverPP', { order }, [1, 2, 3]);
 */
export function checkIn(where: string, values: NamedValues, choices: readonly (string | number | boolean)[]): void {
  checkEach(where, values, rules.oneOf(...choices));
}

/**
 * Each value is a number in an interval, its ends in or out as mathematics writes them.
 *
 * @throws DiptychError if one is not
 * @example
 * checkInterval('ddim', { eta }, '(0, 1]');
 */
export function checkInterval(where: string, values: NamedValues, interval: Interval): void {
  checkEach(where, values, rules.interval(interval));
}

/**
 * Each value is an integer between two others, both included; `Infinity` leaves the upper end open.
 *
 * @throws DiptychError if one is not
 * @example
 * checkIntegerIn('spaceTimesteps', { count }, [1, 1000]);
 */
export function checkIntegerIn(where: string, values: NamedValues, [from, to]: readonly [number, number]): void {
  checkEach(where, values, rules.integerIn(from, to));
}

/**
 * Each value is a function.
 *
 * @throws DiptychError if one is not
 * @example
 * checkFunction('guided', { better, worse });
 */
export function checkFunction(where: string, values: NamedValues): void {
  checkEach(where, values, rules.callback);
}

/**
 * Each value is a tensor.
 *
 * @throws DiptychError if one is not
 * @example
 * checkTensor('inpaint', { image, mask });
 */
export function checkTensor(where: string, values: NamedValues): void {
  checkEach(where, values, rules.tensor);
}

/**
 * Each value is an array or a typed array of finite numbers.
 *
 * @throws DiptychError if one is not
 * @example
 * checkNumbers('sample', { sigmas });
 */
export function checkNumbers(where: string, values: NamedValues): void {
  checkEach(where, values, rules.numbers);
}

/** What has a shape: a tensor, an array of an .npy file. */
export interface Shaped {
  readonly shape: readonly number[];
}

/**
 * Each tensor has this shape: numbers are sizes, words are names of sizes that may be any, and '...' (once) is any number of axes.
 *
 * @throws DiptychError if one has not
 * @example
 * checkShape('conv2d', { x }, ['B', 'H', 'W', channels]);
 * checkShape('layerNorm', { x }, ['...', 'D']);
 */
export function checkShape(
  where: string,
  tensors: Readonly<Record<string, Shaped>>,
  shape: readonly (number | string)[],
): void {
  const holds = (value: unknown) => hasShape((value as Partial<Shaped> | null | undefined)?.shape, shape);
  checkEach(where, tensors, { words: `of shape [${shape.join(', ')}]`, holds });
}

function hasShape(sizes: readonly number[] | undefined, shape: readonly (number | string)[]): boolean {
  if (!Array.isArray(sizes)) return false;
  const rest = shape.indexOf('...');
  const more = sizes.length - shape.length;
  if (rest < 0 ? more !== 0 : more < -1) return false;
  return shape.every(
    (size, axis) => typeof size === 'string' || sizes[rest >= 0 && axis > rest ? axis + more : axis] === size,
  );
}

/**
 * Each tensor has this dtype.
 *
 * @throws DiptychError if one has not
 * @example
 * checkDtype('embeddingLookup', { indices }, 'int32');
 */
export function checkDtype(
  where: string,
  tensors: Readonly<Record<string, { readonly dtype: string }>>,
  dtype: string,
): void {
  const holds = (value: unknown) => (value as { dtype?: string } | null | undefined)?.dtype === dtype;
  checkEach(where, tensors, { words: `of dtype ${dtype}`, holds });
}

/**
 * Each list holds integers from `least` to `most` only: classes, positions.
 *
 * @throws DiptychError naming the first bad number and its position
 * @example
 * checkAllIntegers('linearProbe', { labels }, 0, classes - 1);
 */
export function checkAllIntegers(where: string, values: NamedLists, least: number, most = Infinity): void {
  checkItems(where, values, rules.integerIn(least, most));
}

/**
 * Each list holds finite numbers only.
 *
 * @throws DiptychError naming the first bad number and its position
 * @example
 * checkAllFinite('frechetDistance', { mean, covariance });
 */
export function checkAllFinite(where: string, values: NamedLists): void {
  checkItems(where, values, rules.finite);
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

function checkEach(where: string, values: NamedValues, rule: Rule): void {
  for (const [parameter, value] of Object.entries(values)) checkRule(where, parameter, rule, value);
}

function checkItems(where: string, values: NamedLists, { words, holds }: Rule): void {
  for (const [parameter, list] of Object.entries(values)) {
    for (let i = 0; i < list.length; i++) {
      if (!holds(list[i])) check(false, where, `${parameter}[${i}]`, words, list[i]);
    }
  }
}
