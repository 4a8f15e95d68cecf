import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { arrayDataset } from '@diptych/data/dataset';
import { decodePng, encodePng } from '@diptych/data/images';
import { crc32, parseJson, readNpy, readSafetensors, unzip } from '@diptych/formats';
import { packed } from '@diptych/test-utils/fuzz';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/security.md`, 'utf8');

interface Manifest {
  private?: boolean;
  dependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, unknown>;
}

const manifests = new Map(
  readdirSync(`${root}packages`).map((name) => {
    const manifest = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8')) as Manifest;
    return [`@diptych/${name}` as string, manifest] as const;
  }),
);
const isOurs = (name: string) => name.startsWith('@diptych/');
const packagesIn = (text: string) => [...text.matchAll(/npmjs\.com\/package\/([@\w/-]+)/g)].map(([, name]) => name);

/** What a package brings with it at run time, its own and that of our packages below it. */
function broughtBy(name: string): string[] {
  const needed = Object.keys(manifests.get(name)!.dependencies ?? {});
  return needed.flatMap((other) => (isOurs(other) ? broughtBy(other) : [other]));
}

describe('docs/security.md', () => {
  it('names every runtime dependency of the published packages beside the package, and nothing that is none', () => {
    // A row without a name belongs to the package above it.
    const rows = new Map<string, string[]>();
    let names: string[] = [];
    for (const line of page.split('\n').filter((line) => line.startsWith('|'))) {
      const first = line.split('|')[1];
      if (first.includes('@diptych/')) {
        names = [...first.matchAll(/`([@\w/-]+)`/g)].map(([, name]) => (isOurs(name) ? name : `@diptych/${name}`));
      } else if (first.trim() !== '') names = [];
      for (const name of names) rows.set(name, [...(rows.get(name) ?? []), ...packagesIn(line)]);
    }
    const published = [...manifests].filter(([, manifest]) => !manifest.private);
    expect([...rows.keys()].sort()).toEqual(published.map(([name]) => name).sort());
    for (const [name, { dependencies = {}, peerDependenciesMeta = {} }] of published) {
      const peers = Object.keys(peerDependenciesMeta).filter((peer) => !peer.startsWith('@tensorflow/'));
      const own = Object.keys(dependencies).filter((other) => !isOurs(other));
      expect(rows.get(name)!.sort(), name).toEqual([...own, ...peers].sort());
    }
  });

  it('the trainer brings fflate and nothing else', () => {
    expect(page).toContain('bring one package beside TensorFlow.js, fflate');
    expect(new Set(broughtBy('@diptych/trainer'))).toEqual(new Set(['fflate']));
  });

  const long = (length: number) => 'k'.repeat(length);
  const safetensors = (header: string) => {
    const bytes = new TextEncoder().encode(`12345678${header}`);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
    return bytes;
  };
  const entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
  it.each<[limit: string, beyond: () => unknown, message: RegExp]>([
    ['67,108,864 (2^26), and at least one', () => decodePng(pngOfSize(8193, 8192)), /more than 67108864 \(maxPixels\)/],
    ['67,108,864 (2^26), and at least one', () => decodePng(pngOfSize(0, 1)), /has no pixels: 0x1/],
    [
      '| letters of a name: in an archive, of a tensor',
      () => unzip(packed({ [long(4097)]: new Uint8Array(1) })),
      /longer than 4096/,
    ],
    ['a key in JSON | 4096', () => parseJson(`{"${long(4097)}":1}`), /longer than 4096/],
    [
      'of a tensor, a key of a pickle',
      () => readSafetensors(safetensors(`{"${long(4097)}":${entry}}`)),
      /longer than 4096/,
    ],
    [
      'each of 64 axes',
      () => readSafetensors(safetensors(`{"a":${entry.replace('[0]', `[${'1,'.repeat(64)}0]`)}}`)),
      /at most 64/,
    ],
    [
      '128 MiB and 64 times its own size',
      () => unzip(packed({ a: new Uint8Array(2 ** 27 + 2 ** 24) })),
      /more than 1\d{8} bytes/,
    ],
    ['| header of an npy file | 10,000 bytes', () => readNpy(npyOfHeader(10_001)), /header of 10001 bytes/],
    [
      'as many as there are images or rows',
      () => arrayDataset({ x: new Uint8Array(2), shape: [1, 1, 1], label: [0, 2] }),
      /below 2/,
    ],
    [
      '| labels | 2^31 - 1',
      () => arrayDataset({ x: new Uint8Array(1), shape: [1, 1, 1], label: [2 ** 31] }),
      /0 .. 2147483647/,
    ],
  ])('holds: %s', (limit, beyond, message) => {
    expect(page).toContain(limit);
    expect(beyond).toThrow(message);
    expect(beyond).toThrow(
      expect.objectContaining({ name: expect.stringMatching(/^(Format|Diptych)Error$/) as string }),
    );
  });
});

function pngOfSize(width: number, height: number): Uint8Array {
  const raster = { data: new Uint8ClampedArray(3), width: 1, height: 1, channels: 3 } as const;
  const png = encodePng(raster).slice();
  const view = new DataView(png.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(png.subarray(12, 29)));
  return png;
}

function npyOfHeader(length: number): Uint8Array {
  const file = new Uint8Array(10 + length);
  file.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 255, length >> 8]);
  return file;
}
