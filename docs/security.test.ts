import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/security.md`, 'utf8');

interface Manifest {
  private?: boolean;
  dependencies?: Record<string, string>;
}

describe('docs/security.md', () => {
  it('names every runtime dependency of the published packages, and nothing that is none', () => {
    const manifests = readdirSync(`${root}packages`).map(
      (name) => JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8')) as Manifest,
    );
    const needed = manifests
      .filter((manifest) => !manifest.private)
      .flatMap(({ dependencies = {} }) => Object.keys(dependencies))
      .filter((name) => !name.startsWith('@diptych/'));
    const named = [...page.matchAll(/npmjs\.com\/package\/([@\w/-]+)/g)].map(([, name]) => name);
    // A peer that may be absent.
    expect(new Set(named)).toEqual(new Set([...needed, '@resvg/resvg-js']));
  });
});
