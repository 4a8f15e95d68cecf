import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/extend/architecture.md`, 'utf8');

describe('docs/extend/architecture.md', () => {
  it('its code runs as it stands, prints what it says, and its network is sampled from and summarised', () => {
    const code = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block).join('\n');
    const folder = mkdtempSync(`${root}examples/.architecture-`);
    try {
      const setUp =
        "import '@tensorflow/tfjs-backend-cpu';\nimport { denoiser, edm, heun, karrasSigmas, key, sample } from '@diptych/core';\n";
      const further = `
        const images = await sample(heun(), denoiser(network, edm()), { sigmas: karrasSigmas(3), shape: [2, 8, 8, 1], key: key(0) });
        console.log('samples', images.shape);
        const { summarize } = await import('@diptych/models');
        console.log('block', summarize(new SandwichBlock({ width: 32 }), [1, 16, 32], [1, 32]).macs);`;
      writeFileSync(`${folder}/main.ts`, `${setUp}${code}${further}`);
      const env = { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` };
      const args = ['--import', import.meta.resolve('tsx'), `${folder}/main.ts`];
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
      expect(status, stderr).toBe(0);
      const lines = stdout.replaceAll(/\s+/g, ' ');
      expect(lines).toContain('[ 2, 8, 8, 1 ] [ 2, 16, 32 ] [ 2, 32 ]');
      expect(lines).toContain("'block.0', 'block.1', 'block.2'");
      expect(lines).toMatch(/\] 19 \[ 'block\.0'/);
      expect(lines).toContain('[ 2, 16, 32 ] samples [ 2, 8, 8, 1 ]');
      // shift, two MLPs of 2 32 64 each, attention of 16 tokens with its projections.
      expect(lines).toContain(`block ${32 * 32 + 2 * 16 * 2 * 32 * 64 + 16 * 32 * 4 * 32 + 2 * 16 * 16 * 32}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
