import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePng } from '@diptych/data/images';
import { readSafetensors } from '@diptych/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/run-example.mjs', import.meta.url));
const fixtures = fileURLToPath(new URL('../../packages/test-utils/fixtures/models/pth/', import.meta.url));
const run = (...args: string[]) =>
  spawnSync(process.execPath, [script, '05-official-weights', ...args], { encoding: 'utf8' });

describe('05-official-weights', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'official-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads a checkpoint, samples, reads features, and writes the same weights back', async () => {
    const out = join(folder, 'training');
    const { status, stdout, stderr } = run('--out', out, '--steps', '4', '--layer', 'block.0');
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/weights of "ema"/);
    expect(stdout).toMatch(/a DiT of 1 blocks of width 8 for images 4x4x3 in 3 classes/);
    expect(stdout).toMatch(/features of block\.0: 8x8, of length( \d+\.\d\d){8}/);
    expect(stdout).toContain('bit for bit those of the file');
    const png = decodePng(readFileSync(join(out, 'samples.png')));
    expect(png.width).toBeGreaterThan(4);
    const { tensors } = readSafetensors(readFileSync(join(out, 'weights.safetensors')));
    expect(tensors['x_embedder.proj.weight'].shape).toEqual([8, 3, 2, 2]);
  });

  it('takes a plain state dict too, and says what is no DiT', () => {
    const plain = run('--weights', join(fixtures, 'state_dict.pt'), '--out', join(folder, 'plain'), '--steps', '2');
    expect(plain.status, plain.stderr).toBe(0);
    expect(plain.stdout).toContain('weights of "the file itself"');
    const odd = run('--weights', join(fixtures, 'odd.pt'));
    expect(odd.status).not.toBe(0);
    expect(odd.stderr).toContain('holds no DiT');
    writeFileSync(join(folder, 'text.pt'), 'hello');
    expect(run('--weights', join(folder, 'text.pt')).stderr).toContain('a file of torch.save');
  });
});
