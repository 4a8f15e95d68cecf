import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors, type HostTensors } from '../index.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileRange } from './file-range.ts';
import { openSafetensorsFile } from './open-safetensors-file.ts';

const tensors: HostTensors = {
  a: { shape: [2], dtype: 'float32', data: Float32Array.of(1, 2) },
  b: { shape: [1], dtype: 'int8', data: Int8Array.of(-3) },
};

describe('weights in files', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weights-'));
    writeFileSync(at('both.safetensors'), writeSafetensors(tensors));
    writeFileSync(at('1.safetensors'), writeSafetensors({ a: tensors.a }));
    writeFileSync(at('2.safetensors'), writeSafetensors({ b: tensors.b }));
    const weight_map = { a: '1.safetensors', b: '2.safetensors' };
    writeFileSync(at('model.safetensors.index.json'), JSON.stringify({ weight_map }));
    writeFileSync(at('lost.index.json'), JSON.stringify({ weight_map: { a: 'lost.safetensors' } }));
    writeFileSync(at('cut.safetensors'), writeSafetensors(tensors).subarray(0, 30));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('openSafetensorsFile reads single tensors of one file, and of several by their index', async () => {
    for (const name of ['both.safetensors', 'model.safetensors.index.json']) {
      const file = await openSafetensorsFile(at(name));
      expect([...file.names].sort()).toEqual(['a', 'b']);
      expect(await file.read(['b'])).toEqual({ b: tensors.b });
      expect(await file.read()).toEqual(tensors);
      await file.close();
      await expect(file.read()).rejects.toThrow();
    }
  });

  it('says what cannot be read', async () => {
    await expect(openSafetensorsFile(at('none.safetensors'))).rejects.toThrow(/cannot be read \(ENOENT/);
    await expect(openSafetensorsFile(at('none.json'))).rejects.toThrow(/cannot be read \(ENOENT/);
    await expect(openSafetensorsFile(at('cut.safetensors'))).rejects.toThrow(/are possible/);
    await expect(openSafetensorsFile(folder)).rejects.toThrow(/is not a file/);
    const lost = await openSafetensorsFile(at('lost.index.json'));
    await expect(lost.read()).rejects.toThrow(/lost.safetensors/);
    await lost.close();
  });

  it('fileRange refuses a range beyond the end', async () => {
    const file = await fileRange(at('both.safetensors'));
    await expect(file.readRange(0, file.size + 1)).rejects.toThrow(/ends at byte \d+, before byte \d+/);
    expect(await file.readRange(3, 3)).toEqual(new Uint8Array(0));
    await file.close();
  });
});
