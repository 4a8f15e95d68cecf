import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key } from '@diptych/core';
import { toBatch, digitSplits } from '@diptych/data';
import { ddaeProbe, digitFeatures, linearProbe, nearestNeighborProbe, ridgeProbe } from '@diptych/eval';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/choose/probe.md`, 'utf8');
const splits = digitSplits();
const partsOf = async (network: boolean, scale = 1) => {
  const part = async (data: typeof splits.train) => {
    const batch = await toBatch(data);
    const found = network ? await digitFeatures().features(batch) : { rows: Float32Array.from(batch.x), dims: 64 };
    return { rows: found.rows.map((value) => value * scale), dims: 64, labels: batch.label! };
  };
  return {
    train: await part(splits.train),
    validation: await part(splits.validation),
    test: await part(splits.test),
  };
};
const percent = ({ testAccuracy }: { testAccuracy: number }) => (100 * testAccuracy).toFixed(1);

/** The training that the page speaks of: network, diffusion and run. */
const training = `
import { edm, key as seed } from '@diptych/core';
import { batches, digitSplits as parts_ } from '@diptych/data';
import { denoisingLoss } from '@diptych/losses';
import { UViT } from '@diptych/models';
import { pickBackend } from '@diptych/ops';
import { adamW, train } from '@diptych/trainer';

await pickBackend();
const diffusion = edm({ sigmaData: 0.75 });
const network = new UViT({ image: [8, 8, 1], patch: 2, width: 48, depth: 2, heads: 4 });
const run = train({
  network,
  objective: denoisingLoss(diffusion),
  data: batches(parts_().train, { batchSize: 32, key: seed(1) }),
  optimizer: adamW(),
  learningRate: 3e-3,
  ema: 0.9,
  key: seed(2),
  steps: 150,
});
for await (const _ of run);`;

describe('docs/choose/probe.md', () => {
  it('the figures of the protocols side by side are what they give', async () => {
    const [pixels, network] = [await partsOf(false), await partsOf(true)];
    const protocols: Record<string, (parts: typeof pixels) => { testAccuracy: number }> = {
      '`converged`': (parts) => linearProbe(parts),
      '`converged`, not standardized': (parts) => linearProbe(parts, { standardize: false }),
      '`ridge`': (parts) => ridgeProbe(parts),
      '`weighted-knn`': (parts) => nearestNeighborProbe(parts),
      '`ddae` without augmentation, key 0': (parts) => ddaeProbe(parts, { key: key(0) }),
      'the same, key 1': (parts) => ddaeProbe(parts, { key: key(1) }),
      'the same, batch-normalised, key 0': (parts) => ddaeProbe(parts, { key: key(0), batchNorm: true }),
    };
    for (const [name, probe] of Object.entries(protocols)) {
      expect(page).toContain(`| ${name} | ${percent(probe(pixels))} | ${percent(probe(network))} |`);
    }
    const faint = await partsOf(false, 0.1);
    const raw = percent(ddaeProbe(pixels, { key: key(0) }));
    expect(page).toContain(`${raw} becomes ${percent(ddaeProbe(faint, { key: key(0) }))}, while`);
    expect(percent(linearProbe(faint))).toBe(percent(linearProbe(pixels)));
  });

  it('the code runs as it stands, block after block', () => {
    const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
    expect(blocks).toHaveLength(5);
    const folder = mkdtempSync(`${root}examples/.probe-page-`);
    try {
      const shown =
        'console.log(tap, sigma, testAccuracy, page.length > 1000, JSON.parse(record).best.tap, again.cells.length, scale.best.tap, svg.slice(0, 4))';
      const where = `const folder = ${JSON.stringify(join(folder, 'features'))};`;
      writeFileSync(`${folder}/main.ts`, `${training}\n${where}\n${blocks.join('\n')}\n${shown};\n`);
      const env = { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.json` };
      const args = ['--import', import.meta.resolve('tsx'), `${folder}/main.ts`];
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
      expect(status, stderr).toBe(0);
      const [online, result] = stdout.trim().split('\n');
      expect(Number(online)).toBeGreaterThan(0.5);
      const [tap, sigma, accuracy, ...rest] = result.split(' ');
      expect(['in.0', 'mid', 'out.0']).toContain(tap);
      expect(['0.1', '0.4']).toContain(sigma);
      expect(Number(accuracy)).toBeGreaterThan(0.5);
      expect(rest.join(' ')).toBe(`true ${tap} 3 classifier <svg`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
