import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@diptych/formats';
import { describe, expect, it } from 'vitest';
import { dinoCheckpoint } from '../../networks/dino/dino-weights.ts';
import { fetchWeights, weightsPath } from './fetch-weights.ts';

describe('fetchWeights', () => {
  it('downloads once, with progress, into the folder; checks the hash; needs one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'diptych-'));
    const bytes = writeSafetensors({ a: { shape: [2], dtype: 'float32', data: Float32Array.from([1, 2]) } });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end(bytes);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const urls = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/small.safetensors`];
    const checkpoint = { file: 'small.safetensors', urls, sha256, megabytes: 0.1 };
    try {
      const seen: number[] = [];
      const onProgress = ({ received }: { received: number }) => void seen.push(received);
      for (let i = 0; i < 2; i++) {
        const { tensors, sha256: found } = await fetchWeights(checkpoint, { folder, onProgress });
        expect([Array.from(tensors['a'].data as Float32Array), found]).toEqual([[1, 2], sha256]);
      }
      expect([asked, seen.at(-1)]).toEqual([1, bytes.length]);
      expect(await readdir(folder)).toEqual(['small.safetensors']);
      expect(weightsPath(checkpoint, folder)).toBe(join(folder, 'small.safetensors'));
      const other = { ...checkpoint, file: 'other.safetensors', sha256: 'deadbeef' };
      await expect(fetchWeights(other, { folder, retries: 0 })).rejects.toThrow(/expected deadbeef/);
      expect(await readdir(folder)).toEqual(['small.safetensors']);
      await expect(fetchWeights(dinoCheckpoint, { folder })).rejects.toThrow(/nobody has published one for dino_deit/);
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
