import type { NamedVariables } from '@diptych/core';
import { check, checkOptions, type OptionRules, type Rule, rules } from '@diptych/formats/errors';
import { isVector } from './decay-matrices.ts';

/**
 * Which weights: a pattern for the end of the dotted name, from any dot on, in which `*` stands for anything
 * (`'bias'`, `'norm*.gamma'`, `'label.*'`, `'network.*'`); a regular expression; or a function of name and shape. In a
 * training, names begin with `network.` or `objective.`.
 */
export type WeightPattern = string | RegExp | ((name: string, shape: readonly number[]) => boolean);

/** What is different for some weights. Of several groups that match a weight, the last to say a setting decides on it. */
export interface ParameterGroup {
  match: WeightPattern;
  /** Multiplies the learning rate. */
  learningRateFactor?: number;
  /** In place of the optimizer's. */
  weightDecay?: number;
  /** True: these weights stay as they are: no gradient, no state, no decay. */
  frozen?: boolean;
}

/** The settings of one weight. */
export type WeightSettings = Omit<ParameterGroup, 'match'>;

/** The rule of a pattern. */
export const patternRule: Rule = {
  words: 'a pattern, a regular expression or a function',
  holds: (value) =>
    typeof value === 'function' || value instanceof RegExp || (typeof value === 'string' && value !== ''),
};

const groupRules: OptionRules<ParameterGroup> = {
  match: rules.required(patternRule),
  learningRateFactor: rules.nonNegative,
  weightDecay: rules.nonNegative,
  frozen: rules.flag,
};

/** Parts of names of weights that are looked up, by class or by word. */
const lookup = /^\w*(table|embed|embeddings?)$/i;

/**
 * The group of norms, biases, positions, tokens and embeddings, without weight decay.
 *
 * @see Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, arXiv:1711.05101, for the decay itself
 * @example
 * const optimizer = adamW({ weightDecay: 0.05, groups: [noDecayOnVectors()] });
 */
export function noDecayOnVectors(): ParameterGroup {
  const vectors = (name: string, shape: readonly number[]) => isVector(name, shape) || isLookup(name);
  return { match: vectors, weightDecay: 0 };
}

/** Whether a name is that of a table of embeddings, which a layer that projects into an embedding is not. */
export function isLookup(name: string): boolean {
  const [last, part = ''] = name.split('.').reverse();
  return lookup.test(last) || (last === 'weight' && lookup.test(part));
}

/** Throws unless the groups make sense by themselves. */
export function checkGroups(where: string, groups: readonly ParameterGroup[]): void {
  groups.forEach((group, i) => checkOptions(where, group, groupRules, `groups[${i}]`));
}

/** The settings of every weight by name; throws on a group without weights. */
export function groupSettings(
  where: string,
  groups: readonly ParameterGroup[],
  variables: NamedVariables,
): Record<string, WeightSettings> {
  const names = Object.keys(variables);
  const settings: Record<string, WeightSettings> = Object.fromEntries(names.map((name) => [name, {}]));
  groups.forEach(({ match, ...said }, i) => {
    const matched = names.filter((name) => matchesWeight(match, name, variables[name].shape));
    const rule = `one that matches a weight (${some(names)})`;
    check(matched.length > 0, where, `match of groups[${i}]`, rule, describePattern(match));
    for (const name of matched) Object.assign(settings[name], said);
  });
  return settings;
}

/** Whether a pattern means this weight. */
export function matchesWeight(pattern: WeightPattern, name: string, shape: readonly number[]): boolean {
  if (typeof pattern === 'function') return pattern(name, shape);
  // `test` of a global expression would go on where it stopped.
  if (pattern instanceof RegExp) return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(name);
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`(^|\\.)${escaped}$`).test(name);
}

/** A pattern in words, for messages and checkpoints. */
export function describePattern(pattern: WeightPattern): string {
  return typeof pattern === 'function' ? `function ${pattern.name || '(anonymous)'}` : String(pattern);
}

/** Groups as a checkpoint records them. */
export function describeGroups(groups: readonly ParameterGroup[]): string {
  return JSON.stringify(groups.map(({ match, ...said }) => ({ match: describePattern(match), ...said })));
}

function some(names: readonly string[]): string {
  return names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
}
