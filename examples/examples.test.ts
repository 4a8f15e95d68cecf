import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/run-example.mjs', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });

describe('run-example', () => {
  it('names the examples when there is none of that name', () => {
    const { status, stderr } = run('04-nothing');
    expect(status).toBe(2);
    expect(stderr).toContain('02-train-on-digits');
  });
});
