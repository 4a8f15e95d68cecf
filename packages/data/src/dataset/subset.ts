import { check, checkOptions, checkRule, type OptionRules, rules } from '@diptych/formats/errors';
import { checkDataset, checkPositions, type Dataset } from './dataset.ts';

/** Positions from (inclusive) to (exclusive). */
export interface IndexRange {
  /** First position. Default 0. */
  from?: number;
  /** One past the last position. Default: the length of the data set. */
  to?: number;
}

/** What a subset is called. */
export interface SubsetOptions {
  /** Default: the name of the data set. */
  name?: string;
}

/**
 * Some images of a data set, as a data set. `index` of its batches keeps the positions in the data set that `dataset`
 * itself reports, so that an image can still be found in its source.
 *
 * @throws DiptychError if it would be empty or names a position that is not there.
 * @example
 * const train = subset(digits(), { to: 1200 }, { name: 'digits train' });
 * const three = subset(digits(), [0, 5, 7]);
 */
export function subset(
  dataset: Dataset,
  positions: ArrayLike<number> | IndexRange,
  options: SubsetOptions = {},
): Dataset {
  checkDataset('subset', dataset);
  const { name = dataset.name } = checkOptions('subset', options, { name: rules.text });
  checkRule('subset', 'positions', positionsRule, positions);
  const chosen = rules.array.holds(positions)
    ? Uint32Array.from(checked(positions as ArrayLike<number>, dataset))
    : range(positions as IndexRange, dataset);
  check(chosen.length > 0, 'subset', 'positions', 'at least one image', chosen.length);
  return {
    name,
    length: chosen.length,
    shape: dataset.shape,
    ...(dataset.classes && { classes: dataset.classes }),
    batch(indices) {
      checkPositions(indices, chosen.length, `${name}.batch`);
      return dataset.batch(Uint32Array.from(indices, (i) => chosen[i]));
    },
  };
}

const rangeRules: OptionRules<IndexRange> = { from: rules.index, to: rules.index };

const positionsRule = {
  words: 'an array of positions, or a range { from, to }',
  holds: (value: unknown) => rules.array.holds(value) || rules.record.holds(value),
};

function checked(positions: ArrayLike<number>, dataset: Dataset): ArrayLike<number> {
  checkPositions(positions, dataset.length, 'subset');
  return positions;
}

function range(positions: IndexRange, dataset: Dataset): Uint32Array {
  const { from = 0, to } = checkOptions('subset', positions, rangeRules, 'positions');
  const end = to ?? dataset.length;
  const sound = Number.isInteger(from) && Number.isInteger(end) && from >= 0 && from < end && end <= dataset.length;
  check(sound, 'subset', 'positions', `a range inside 0..${dataset.length}`, `${from}..${end}`);
  return Uint32Array.from({ length: end - from }, (_, i) => from + i);
}
