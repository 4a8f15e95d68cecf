import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { version } from './version.ts';

it('version is that of the package', async () => {
  const { version: packed } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(version).toBe(packed);
});
