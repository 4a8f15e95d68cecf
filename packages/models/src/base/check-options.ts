import { checkOptions, rules, type OptionRules, type Rule } from '@diptych/formats/errors';
import type { BlockOptions } from './weight-tree.ts';

/** What every block takes, the arguments of `tf.layers.Layer` among them; those tfjs and `WeightTree` look at. */
const ofEveryBlock = {
  seed: { words: 'a safe integer', holds: Number.isSafeInteger },
  name: rules.text,
  trainable: rules.flag,
  inputShape: rules.anything,
  batchInputShape: rules.anything,
  batchSize: rules.anything,
  dtype: rules.anything,
  inputDType: rules.anything,
} satisfies OptionRules<BlockOptions> & Record<string, Rule>;
/** What tfjs adds when it makes a layer from its configuration. */
const ofTfjs = ['weights', 'updatable', 'customObjects', 'fastWeightInit'];

type OwnName<Options> = Exclude<keyof Options, keyof BlockOptions>;

/** A rule for each option of a block beside those of every block, by name, so that the compiler sees a forgotten one. */
export type BlockRules<Options> = OptionRules<Pick<Options, OwnName<Options>>>;

/** The options of a block with their defaults; undefined where there is none or it follows from other options. */
export type Defaults<Options> = { readonly [Name in OwnName<Options>]: Options[Name] | undefined };

/** Options of which those with a default are given. */
export type Given<Options, D> = Options & {
  [Name in keyof D & keyof Options as D[Name] extends undefined ? never : Name]-?: NonNullable<Options[Name]>;
};

/** The options, with defaults in place of those that are absent. */
export function withDefaults<Options extends object, D extends object>(
  options: Options,
  defaults: D,
): Given<Options, D> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...(defaults as object), ...Object.fromEntries(given) } as Given<Options, D>;
}

/** Those of the options that another set of defaults names, to hand them on as a whole. */
export function pickOptions<Options extends object, Name extends keyof Options>(
  options: Options,
  names: Readonly<Record<Name, unknown>>,
): Pick<Options, Name> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, options[name as Name]])) as Pick<Options, Name>;
}

/**
 * `checkOptions` of a block: beside its own options it takes those of every block, and what tfjs adds.
 *
 * @returns the options
 */
export function checkBlockOptions<Options extends object>(
  where: string,
  options: Options,
  known: BlockRules<Options>,
): Options {
  const own = rules.record.holds(options)
    ? Object.entries(options).filter(([name]) => !ofTfjs.includes(name))
    : undefined;
  const all = { ...(known as Record<string, Rule>), ...ofEveryBlock };
  checkOptions<Record<string, unknown>>(where, own ? Object.fromEntries(own) : (options as never), all);
  return options;
}
