import { DiptychError } from '@diptych/formats/errors';
import type { BlockOptions } from './weight-tree.ts';

/** What every block takes, the arguments of `tf.layers.Layer` among them. */
const ofEveryBlock = ['seed', 'name', 'trainable', 'inputShape', 'batchInputShape', 'batchSize', 'dtype', 'inputDType'];
/** What tfjs adds when it makes a layer from its configuration. */
const ofTfjs = ['weights', 'updatable', 'customObjects', 'fastWeightInit'];

type OwnName<Options> = Exclude<keyof Options, keyof BlockOptions>;

/** The options of a block beside those of every block, by name, so that the compiler sees a forgotten one; what they hold is not read. */
export type KnownOptions<Options> = Readonly<Record<OwnName<Options>, unknown>>;

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
  const given = Object.entries(options).filter(([, value]) => value != null);
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
 * Refuses options that a block does not know and says which it may have meant: a misspelt optional one would else be passed over in
 * silence.
 *
 * @returns the options
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options,
  known: KnownOptions<Options>,
  parameter = 'options',
): Options {
  const own = Object.keys(known);
  const all = [...own, ...ofEveryBlock, ...ofTfjs];
  const unknown = Object.keys(options).find((name) => !all.includes(name));
  if (unknown === undefined) return options;
  const near = [...own, ...ofEveryBlock].filter((name) => distance(name, unknown) <= Math.max(2, unknown.length / 3));
  const names = near.sort((a, b) => distance(a, unknown) - distance(b, unknown)).slice(0, 3);
  const hint = names.length ? `, such as ${names.join(' or ')}` : `: ${own.join(', ')}`;
  throw new DiptychError({ where, parameter, rule: `named by known names${hint}`, value: unknown });
}

/** How many letters must be put in, taken out, replaced or exchanged with their neighbour. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : i)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1].toLowerCase() === b[j - 1].toLowerCase() ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
