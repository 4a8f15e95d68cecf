import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fixturesFolder } from '../fixtures/index.ts';

/** An archive and what Python reads of it; null where it is of a kind that is not read. */
interface ArchiveCase {
  bytes: string;
  files: [name: string, text: string][] | null;
}

/** Files that Python, numpy, torch and GNU tar wrote. */
export interface PythonFiles {
  tar: Record<string, ArchiveCase>;
  zip: Record<string, ArchiveCase>;
  npy: Record<string, { bytes: string; shape: number[]; data: number[] }>;
  /** Images of bytes, labels of strings, objects, complex numbers and integers. */
  npz: string;
  /** Values of all 256 codes, by the name of the type in torch. */
  floats: Record<string, (number | 'NaN')[]>;
  /** A transposed tensor `w`, a complex one `c`, scales `n`. */
  complexPt: string;
  /** A tensor `w` in a file whose checksums were not computed. */
  noChecksumsPt: string;
}

export function pythonFiles(): PythonFiles {
  const path = join(fixturesFolder('formats'), 'archives.json');
  return JSON.parse(readFileSync(path, 'utf8')) as PythonFiles;
}

export function gunzipped(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(Buffer.from(base64, 'base64')));
}
