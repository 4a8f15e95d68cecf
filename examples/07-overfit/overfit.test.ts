import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/run-example.mjs', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [script, '07-overfit', ...args], { encoding: 'utf8' });

describe('07-overfit', () => {
  it('every family learns eight digits by heart', () => {
    const { status, stdout, stderr } = run('--steps', '200', '--width', '64', '--depth', '2', '--below', '0.05');
    const rows = [...stdout.matchAll(/^(\S.*?) {2,}[\d,]+ +([\d.]+) +([\d.]+) +([\d.]+) +\d+$/gm)];
    expect(rows.map(([, name]) => name).filter((name) => /^(U-ViT|DiT|LightningDiT|SiT)/.test(name))).toHaveLength(8);
    for (const [, name, first, last] of rows) expect(Number(last), name).toBeLessThan(Number(first) / 20);
    expect(status, stderr).toBe(0);
  });

  it('says so when a network does not', () => {
    const { status, stderr } = run('--steps', '1', '--width', '16', '--depth', '2');
    expect(stderr).toContain('did not get below');
    expect(status).toBe(1);
  });
});
