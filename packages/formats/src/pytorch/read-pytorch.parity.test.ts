import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixturesFolder } from '@diptych/test-utils/fixtures';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../safetensors/read-safetensors.ts';
import { readPyTorch, type PlainValue } from './read-pytorch.ts';

interface PthCase {
  files: Record<string, { bytes: number; tensors: number }>;
  not_tensors: Record<string, Record<string, unknown>>;
}

const folder = join(fixturesFolder('models'), 'pth');
const files = existsSync(folder) ? readdirSync(folder).filter((name) => /\.pth?$/.test(name)) : [];

/** Leaves of a JSON value by dotted path. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, item]) => leaves(item, path ? `${path}.${name}` : name));
}

describe('readPyTorch', () => {
  it.each(files)('parity with torch.load on %s: every tensor, type and plain value', (name) => {
    const about = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as PthCase;
    const { tensors: all } = readSafetensors(readFileSync(join(folder, 'expected.safetensors')));
    // Where only another file holds the expected tensors, that is said in case.json: two files with the same contents.
    const source = { 'wrapped_ema.pt': ['state_dict.pt', 'ema.'], 'legacy.pth': ['odd.pt', ''] }[name];
    const own = Object.keys(all).some((path) => path.startsWith(`${name}/`));
    const [from, prefix] = own || !source ? [name, ''] : source;
    const expected = Object.entries(all)
      .filter(([path]) => path.startsWith(`${from}/`))
      .map(([path, tensor]) => [prefix + path.slice(from.length + 1), tensor]);
    const { tensors, values } = readPyTorch(readFileSync(join(folder, name)));
    expect(Object.keys(tensors)).toHaveLength(about.files[name].tensors);
    expect(tensors).toEqual(Object.fromEntries(expected));
    const plain = (value: PlainValue) => (typeof value === 'bigint' ? String(value) : value);
    for (const [path, value] of leaves(about.not_tensors[name] ?? {})) expect(plain(values[path]), path).toEqual(value);
  });
});
