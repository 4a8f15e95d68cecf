import { describe, expect, it } from 'vitest';
import { readArguments, usage, UsageError } from './arguments.ts';

const suites = ['matmul', 'vit', 'unet'];

describe('readArguments()', () => {
  it('runs every suite, five timings a side, when nothing is asked for', () => {
    expect(readArguments([], suites)).toEqual({ only: suites, repeat: 5, help: false });
  });

  it('takes files, a folder, suites and timings, and passes over the separator of pnpm', () => {
    const line = ['--', '--json', 'a.json', '--profile', 'p', '--only', 'vit, matmul,vit', '--repeat', '2'];
    expect(readArguments(line, suites)).toEqual({
      json: 'a.json',
      profile: 'p',
      only: ['vit', 'matmul'],
      repeat: 2,
      help: false,
    });
  });

  it.each([
    [['--only', 'matmul,vitt'], /--only: no suite named "vitt"/],
    [['--only', ''], /--only: no suite named ""/],
    [['--repeat', '0'], /--repeat must be a whole number from 1, got "0"/],
    [['--repeat', '1.5'], /--repeat/],
    [['--repeat', 'many'], /got "many"/],
    [['--json', ''], /--json must name a file/],
    [['--json'], /json/],
    [['--fast'], /--fast/],
    [['vit'], /vit/],
  ])('refuses %j and says why', (line, message) => {
    expect(() => readArguments(line, suites)).toThrow(UsageError);
    expect(() => readArguments(line, suites)).toThrow(message);
  });

  it('knows no suite that its usage does not name', () => {
    for (const name of suites) expect(usage(suites)).toContain(name);
  });
});
