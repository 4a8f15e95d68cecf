import { DiptychError } from '@diptych/formats/errors';
import { describe, expect, it } from 'vitest';
import { fuzzParsers } from './fuzz-parsers.ts';
import { hostileFiles } from './hostile-files.ts';

describe('fuzzParsers', () => {
  it('damaged files of every format are read or refused with a DiptychError, none with another error', async () => {
    const rows = await fuzzParsers({ rounds: 90, seed: 1 });
    expect(rows.filter(({ other }) => other > 0)).toEqual([]);
    for (const { parser, tries, accepted, refused, slowest } of rows) {
      expect([tries, accepted > 0, refused > 20], parser).toEqual([90, true, true]);
      expect(slowest, parser).toBeLessThan(5000);
    }
  });

  it('a round can be repeated by its number', async () => {
    const of = async (from: number, rounds: number) => {
      const [{ accepted, refused }] = await fuzzParsers({ from, rounds, seed: 2, only: 'readNpy' });
      return [accepted, refused];
    };
    const [first, second] = [await of(0, 20), await of(20, 20)];
    expect(await of(0, 40)).toEqual([first[0] + second[0], first[1] + second[1]]);
  });
});

describe('hostileFiles', () => {
  it.each(hostileFiles.filter(({ heavy }) => !heavy))('cost little: $name', async ({ build, read, refused }) => {
    const bytes = build();
    const before = process.cpuUsage();
    const thrown: unknown = await Promise.resolve()
      .then(() => read(bytes))
      .then(() => undefined)
      .catch((error: unknown) => error);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(5e6);
    if (!refused) expect(thrown).toBeUndefined();
    else {
      expect(DiptychError.isInstance(thrown), String(thrown)).toBe(true);
      expect(String(thrown)).toMatch(refused);
    }
  });
});
