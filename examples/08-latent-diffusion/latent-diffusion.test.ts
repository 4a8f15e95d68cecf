import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAutoencoderFile, loadNetworkFile } from '@diptych/models/node';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/run-example.mjs', import.meta.url));

describe('08-latent-diffusion', () => {
  it(
    'trains an autoencoder and two DiTs on its latents, and judges them from their files',
    { timeout: 600_000 },
    async () => {
      const out = mkdtempSync(join(tmpdir(), 'latent-'));
      try {
        const flags = ['--autoencoder-steps', '12', '--steps', '2', '--samples', '16', '--probed', '400', '--out', out];
        const { status, stdout, stderr } = spawnSync(process.execPath, [script, '08-latent-diffusion', ...flags], {
          encoding: 'utf8',
        });
        expect(status, stderr).toBe(0);
        expect(stdout).toMatch(/1200 latents 4x4x4/);
        const { rows } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
          rows: { name: string; distance: number; heldOut: number; testAccuracy: number }[];
        };
        expect(rows.map(({ name }) => name)).toEqual(['baseline', 'self-conditioned']);
        for (const { distance, heldOut, testAccuracy } of rows) {
          expect(distance).toBeGreaterThan(heldOut);
          expect(testAccuracy).toBeGreaterThan(0.2);
        }
        for (const name of ['reconstructions', 'baseline', 'self-conditioned']) {
          expect(
            readFileSync(join(out, `${name}.png`))
              .subarray(1, 4)
              .toString(),
          ).toBe('PNG');
        }
        await tf.setBackend('cpu');
        const { autoencoder } = await loadAutoencoderFile(join(out, 'autoencoder.safetensors'));
        const {
          network,
          normalizer,
          diffusion: edm,
          tap,
        } = await loadNetworkFile(join(out, 'self-conditioned.safetensors'));
        expect([tap, edm.name]).toEqual(['selfConditioning.pooled', 'edm']);
        expect(normalizer).toEqual(autoencoder.normalizer);
        // The averages were saved, under the names of the network.
        expect(Object.keys(network.variables())).toContain('selfConditioning.project.fc1.kernel');
      } finally {
        rmSync(out, { recursive: true });
      }
    },
  );
});
