import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** A program that begins with `tellErrors('prog')`. */
function program(code: string) {
  const text = `
    import { open, readFile, writeFile } from 'node:fs/promises';
    import { parseArgs } from 'node:util';
    import { tellErrors } from ${url('./tell-errors.ts')};
    import { check } from ${url('../errors/index.ts')};
    tellErrors('prog');
    process.on('uncaughtException', () => { throw new Error('a handler that throws'); });
    ${code}`;
  const env = {
    ...process.env,
    TSX_TSCONFIG_PATH: fileURLToPath(new URL('../../../../tsconfig.json', import.meta.url)),
  };
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', text];
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { status, stderr };
}

describe('tellErrors', () => {
  it.each([
    ['bad input', `check(false, 'f', 'steps', 'positive', -1);`, 'prog: f: steps must be positive, got -1'],
    [
      'a file that is not there',
      `await readFile('/nothing/here');`,
      /^prog: no such file or folder \(ENOENT: .*'\/nothing\/here'\)$/,
    ],
    ['an error in a timer', `setTimeout(() => check(false, 'f', 'a', 'b', 1));`, 'prog: f: a must be b, got 1'],
    [
      'a promise that nobody waits for',
      `void readFile('/nothing'); await new Promise((r) => setTimeout(r, 1e4));`,
      /^prog: no such/,
    ],
    ['a wrong option', `parseArgs({ args: ['--x'], options: {} });`, /^prog: Unknown option '--x'/],
    [
      'a hostile and long name',
      `await readFile('/\\u001b[31m' + 'x'.repeat(5e6));`,
      /^prog: the name is too long \(ENAMETOOLONG: .*\\u001b\[31mx{100}/,
    ],
  ])('tells of %s in one line, with code 1', (_, code, line) => {
    const { status, stderr } = program(code);
    expect(status).toBe(1);
    expect(stderr.trim()).toMatch(line);
    expect(stderr.trim()).not.toContain('\n');
    expect(stderr.length).toBeLessThan(4100);
  });

  it.runIf(existsSync('/dev/full'))('tells of a full disk in one line', () => {
    const { status, stderr } = program(`await writeFile('/dev/full', 'x');`);
    expect([status, stderr.trim()]).toEqual([1, 'prog: the disk is full (ENOSPC: no space left on device, write)']);
  });

  it('shows the stack of a fault of the program', () => {
    const { status, stderr } = program(`undefined.x;`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/TypeError: .*\n\s+at /);
  });

  it('ends quietly when nobody reads any more', () => {
    const { status, stderr } = program(
      `throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' });`,
    );
    expect([status, stderr]).toEqual([0, '']);
  });
});
