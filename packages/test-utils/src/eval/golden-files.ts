import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An array of a golden case. */
export interface GoldenArray {
  shape: number[];
  data: number[];
}

/** One golden case; what the parts hold depends on the file. */
export interface GoldenCase {
  name: string;
  config: Record<string, unknown>;
  inputs: Record<string, unknown>;
  expected: Record<string, unknown>;
}

/** One file of golden numbers. */
export interface GoldenFile {
  /** File name without the ending. */
  name: string;
  meta: Record<string, unknown>;
  cases: GoldenCase[];
}

/** All golden files of a family, found by listing its folder; DIPTYCH_FIXTURES names another folder of the same layout. */
export function goldenFiles(family: string): GoldenFile[] {
  const root = process.env.DIPTYCH_FIXTURES ?? fileURLToPath(new URL('../../fixtures', import.meta.url));
  const folder = join(root, family);
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  if (names.length === 0) throw new Error(`no golden numbers in ${folder}`);
  return names.toSorted().map((name) => ({
    ...(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Omit<GoldenFile, 'name'>),
    name: name.replace(/\.json$/, ''),
  }));
}
