import { check, fail } from './check.ts';
import { isList } from './describe-value.ts';

/** What a value must be: words that go on from "must be", and whether it holds. */
export interface Rule {
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
  /** Whether there must be a value. */
  readonly isRequired?: boolean;
  /** Words for one value, where they say more than `words`. */
  readonly wordsFor?: (value: unknown) => string;
}

/** A rule for every option by its name, so that the compiler sees a forgotten one. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: Rule };

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
/** Neither an array nor a Date, a Map, …, but an object of any class of the user's own. */
const isRecord = (value: unknown): value is object => Object.prototype.toString.call(value) === '[object Object]';
const rule = (words: string, holds: Rule['holds']): Rule => ({ words, holds });

/** An interval as mathematics writes it: `(0, 1]` is without 0 and with 1. */
export type Interval = `${'[' | '('}${number}, ${number}${']' | ')'}`;

/** Rules that options share, so that one rule has one sentence everywhere. */
export const rules = {
  /** A number of steps, rows, channels. */
  count: rule('a positive integer', (value) => Number.isSafeInteger(value) && (value as number) > 0),
  /** An index, or a number that may be none. */
  index: rule('an integer >= 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0),
  positive: rule('a finite number > 0', (value) => Number.isFinite(value) && (value as number) > 0),
  nonNegative: rule('a finite number >= 0', (value) => Number.isFinite(value) && (value as number) >= 0),
  finite: rule('a finite number', Number.isFinite),
  /** A number in [0, 1]. */
  share: rule('a number in [0, 1]', (value) => isNumber(value) && value >= 0 && value <= 1),
  flag: rule('true or false', (value) => typeof value === 'boolean'),
  text: rule('a string', (value) => typeof value === 'string'),
  callback: rule('a function', (value) => typeof value === 'function'),
  object: rule('an object', isObject),
  /** An object of values by name. */
  record: rule('an object of values by name', isRecord),
  tensor: rule('a tensor', (value) => isObject(value) && 'dtype' in value && 'shape' in value),
  signal: rule('an AbortSignal', (value) => isObject(value) && 'addEventListener' in value),
  /** What the function itself looks at. */
  anything: rule('a value', () => true),
  /** One of a few words or numbers. */
  oneOf: (...choices: readonly (string | number | boolean)[]): Rule =>
    rule(`one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`, (value) =>
      choices.includes(value as never),
    ),
  /** An array or typed array whose entries all follow one rule. */
  list: ({ words, holds }: Rule): Rule => rule(`an array of which each is ${words}`, (value) => isListOf(value, holds)),
  /** Either of two. */
  either: (a: Rule, b: Rule): Rule => rule(`${a.words}, or ${b.words}`, (value) => a.holds(value) || b.holds(value)),
  /** The same, and it may not be left out. */
  required: (given: Rule): Rule => ({
    ...given,
    isRequired: true,
    holds: (value) => value !== undefined && given.holds(value),
  }),
  /** A number in an interval, its ends in or out. */
  interval: (interval: Interval): Rule => {
    const [from, to] = interval.slice(1, -1).split(', ').map(Number);
    const isAbove = (value: number) => (interval.startsWith('[') ? value >= from : value > from);
    const isBelow = (value: number) => (interval.endsWith(']') ? value <= to : value < to);
    return rule(`a number in ${interval}`, (value) => isNumber(value) && isAbove(value) && isBelow(value));
  },
  /** An array or typed array, whatever is in it: for those too long to look through. */
  array: rule('an array', isList),
  /** An array or typed array of finite numbers. */
  numbers: rule('an array of finite numbers', (value) => isListOf(value, Number.isFinite)),
  /** Any number but NaN. */
  number: rule('a number', (value) => isNumber(value) && !Number.isNaN(value)),
  /** An integer from one to another, both included; the upper end may be `Infinity`. */
  integerIn: (from: number, to: number): Rule =>
    rule(
      to !== Infinity ? `an integer in ${from} .. ${to}` : from === 1 ? 'a positive integer' : `an integer >= ${from}`,
      (value) => Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to,
    ),
  /** An object with these members: a network, a process. The words say what it is and how one is made. */
  having: (words: string, ...members: readonly string[]): Rule =>
    rule(words, (value) => isObject(value) && members.every((member) => member in value)),
  /** An object of which these members are functions. */
  methods: (words: string, ...names: readonly string[]): Rule =>
    rule(words, (value) => {
      return isObject(value) && names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
    }),
} as const;

/** Without a copy: lists may be long. */
function isListOf(value: unknown, holds: Rule['holds']): boolean {
  if (!isList(value)) return false;
  for (let i = 0; i < value.length; i++) if (!holds(value[i])) return false;
  return true;
}

/** What other libraries call it: names in lower case without underscores, and what may be meant. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  lr: ['learningRate', 'rate', 'learningRateFactor'],
  betas: ['beta1', 'beta2'],
  eps: ['epsilon'],
  wd: ['weightDecay'],
  numsteps: ['steps'],
  numinferencesteps: ['steps'],
  numtraintimesteps: ['steps', 'timesteps'],
  nfe: ['steps'],
  epochs: ['steps'],
  guidancescale: ['scale', 'guidance', 'weight'],
  cfgscale: ['scale', 'guidance', 'weight'],
  cfg: ['scale', 'guidance'],
  seed: ['key'],
  generator: ['key'],
  rng: ['key'],
  maxgradnorm: ['clip'],
  gradclip: ['clip'],
  gradientclipping: ['clip'],
  gradientaccumulationsteps: ['accumulate'],
  emadecay: ['ema'],
  hiddensize: ['width'],
  dim: ['width'],
  numheads: ['heads'],
  nheads: ['heads'],
  numlayers: ['depth'],
  layers: ['depth'],
  patchsize: ['patch'],
  imgsize: ['image'],
  imagesize: ['image', 'size'],
  numclasses: ['classes'],
  outchannels: ['outputs'],
  inchannels: ['inputs'],
  modelchannels: ['channels', 'width'],
  bs: ['batchSize'],
};

/**
 * Checks the options of a function: that they are an object, that each has a known name, and that each which is given follows its rule. A
 * misspelt name would else be passed over in silence.
 *
 * @returns the options
 * @throws DiptychError if they are no object, a name is unknown (with the nearest ones, and those that other libraries' names stand for), or a
 * value breaks its rule
 * @example
 * function ddim(options: DdimOptions = {}) {
 *   const { eta = 0 } = checkOptions('ddim', options, { eta: rules.share });
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options,
  known: OptionRules<Options>,
  parameter = 'options',
): Options {
  const names = Object.keys(known);
  check(isRecord(options), where, parameter, `an object with any of ${names.join(', ')}`, options);
  checkNames(where, options, names, parameter);
  for (const [name, rule] of Object.entries<Rule>(known)) {
    const value: unknown = options[name as keyof Options];
    const place = parameter === 'options' ? name : `${parameter}.${name}`;
    if (value !== undefined || rule.isRequired) checkRule(where, place, rule, value);
  }
  return options;
}

/**
 * Checks that a value follows a rule.
 *
 * @throws DiptychError if it does not
 * @example
 * checkRule('karrasSigmas', 'steps', rules.count, steps);
 */
export function checkRule(where: string, parameter: string, { words, wordsFor, holds }: Rule, value: unknown): void {
  if (!holds(value)) check(false, where, parameter, wordsFor?.(value) ?? words, value);
}

/**
 * Checks that each option has a known name.
 *
 * @throws DiptychError if one has not, with the nearest names
 * @example
 * checkNames('Mlp', options, ['width', 'hidden']);
 */
export function checkNames(where: string, options: object, known: readonly string[], parameter = 'options'): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearNames(unknown, known);
  const all = known.length ? `they are ${known.join(', ')}` : 'there are none';
  const place = parameter === 'options' ? '' : ` of ${parameter}`;
  const hint = near.length ? `did you mean ${near.join(' or ')}?` : all;
  fail(where, `${JSON.stringify(unknown.slice(0, 60))} is not an option${place}; ${hint}`);
}

/** Those of the known names that may be meant by another, nearest first, three at most. */
function nearNames(name: string, known: readonly string[]): string[] {
  const plain = name.toLowerCase().replace(/[_-]/g, '');
  const meant = (elsewhere[plain] ?? []).filter((other) => known.includes(other));
  if (meant.length) return meant;
  const far = (other: string) => distance(other.toLowerCase(), plain);
  const isNear = (other: string) =>
    far(other) <= Math.max(2, plain.length / 3) || (plain.length > 3 && other.toLowerCase() === plain.slice(1));
  return known
    .filter(isNear)
    .sort((a, b) => far(a) - far(b))
    .slice(0, 3);
}

/** How many letters must be put in, taken out, replaced or exchanged with their neighbour. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 20) return Infinity;
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : i)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
