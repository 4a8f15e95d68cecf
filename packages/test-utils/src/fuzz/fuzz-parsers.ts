import { foldIn, key } from '@diptych/core';
import { integers } from '@diptych/core/random';
import { DiptychError } from '@diptych/formats/errors';
import { mutated } from '../models/mutated.ts';
import { parsers } from './parsers.ts';

/** What became of the files that one parser was given. */
export interface ParserRow {
  parser: string;
  tries: number;
  /** Read: damage that the format allows, or cannot show. */
  accepted: number;
  /** Refused with a DiptychError. */
  refused: number;
  /** Anything else that was thrown. */
  other: number;
  /** The first of these: the round, and what was thrown. */
  first?: string;
  /** Time of the slowest reading in ms. */
  slowest: number;
  /** Largest memory of the process after a reading, in MiB. */
  memory: number;
}

/** How long, and from where. */
export interface FuzzParsersOptions {
  /** Ends after this many files for each parser. Default no end. */
  rounds?: number;
  /** Ends after this many seconds. Default no end. */
  seconds?: number;
  seed?: number;
  /** The first round; to repeat one. Default 0. */
  from?: number;
  /** Part of the names of the parsers that are tried. Default all. */
  only?: string;
  /** Called before each reading. */
  onTry?: (parser: number, round: number) => void;
}

/**
 * Gives every parser sound files with changes in them: of single bytes, and of what is behind checksums and lengths. Round and seed decide
 * what is changed, so that each can be repeated.
 */
export async function fuzzParsers({
  rounds = Infinity,
  seconds = Infinity,
  seed = 0,
  from = 0,
  only = '',
  onTry,
}: FuzzParsersOptions): Promise<ParserRow[]> {
  const { all, end } = await parsers();
  const chosen = all.filter(({ name }) => name.includes(only));
  const rows = chosen.map(({ name }): ParserRow => {
    return { parser: name, tries: 0, accepted: 0, refused: 0, other: 0, slowest: 0, memory: 0 };
  });
  const until = performance.now() + 1000 * seconds;
  try {
    for (let round = from; round < from + rounds && performance.now() < until; round++) {
      for (const [k, { seeds, read, structured }] of chosen.entries()) {
        const own = foldIn(foldIn(key(seed), all.indexOf(chosen[k])), round);
        const draws = Array.from(integers(foldIn(own, 0), 9, 2 ** 31));
        const whole = seeds[draws[0] % seeds.length];
        // Every third file has both kinds of changes; the very first is as it was.
        let bytes = round > 0 && round % 3 !== 1 ? structured(whole, draws.slice(1)) : whole;
        if (round % 3 !== 2 && round > 0) bytes = mutated(bytes, foldIn(own, 1));
        onTry?.(k, round);
        const row = rows[k];
        const start = performance.now();
        try {
          await read(bytes);
          row.accepted++;
        } catch (error) {
          if (DiptychError.isInstance(error)) row.refused++;
          else {
            row.other++;
            row.first ??= `round ${round}: ${String(error)}`;
          }
        }
        row.tries++;
        row.slowest = Math.max(row.slowest, performance.now() - start);
        row.memory = Math.max(row.memory, process.memoryUsage.rss() / 2 ** 20);
      }
    }
  } finally {
    await end();
  }
  return rows;
}
