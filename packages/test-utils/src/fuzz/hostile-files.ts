import { arrayDataset } from '@diptych/data/dataset';
import { cifar10Dataset, mnistDataset, npzDataset, zipDataset } from '@diptych/data/datasets';
import { decodeImage } from '@diptych/data/images';
import { momentsFromNpz } from '@diptych/eval/features';
import { logisticRegression, nearestNeighborVote, ridgeClassifier } from '@diptych/eval/probes';
import {
  gunzip,
  readIdx,
  readNpy,
  readNpz,
  readPyTorch,
  readSafetensors,
  untar,
  unzip,
  writeSafetensors,
} from '@diptych/formats';
import { deflateSync, gzipSync } from 'node:zlib';
import { fixtures } from '../fixtures/index.ts';
import { string, tensor, word } from '../formats/index.ts';
import {
  deflatedZeros,
  flatWebp,
  joined,
  npzOf,
  pngChunk,
  pngData,
  pngOf,
  tarPart,
  zipOf,
  zlibOf,
} from './built-files.ts';

/** A file made to end, hang or fill the process that reads it. */
export interface HostileFile {
  name: string;
  build(): Uint8Array<ArrayBuffer>;
  /** Reads it; whatever comes out or is thrown. */
  read(bytes: Uint8Array<ArrayBuffer>): unknown;
  /** Takes a second or some hundred MiB even so: measured by `pnpm fuzz --hostile`, left out of the tests. */
  heavy?: true;
  /** What the refusal says; absent if the file may be read, as long as it takes neither time nor memory. */
  refused?: RegExp;
}

const text = (content: string) => new TextEncoder().encode(content);
const pixels = (n: number) => ({ shape: [n, 2, 2, 1], data: new Uint8Array(4 * n) });
const doubles = (...data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) });
const greyPng = pngOf([2, 2], [8, 0, 0, 0, 0], pngData(new Uint8Array(6)));
const jpegs = Object.fromEntries(
  fixtures('images')
    .find(({ file }) => file === 'jpeg')!
    .cases.map(({ name, file }) => [name as string, new Uint8Array(Buffer.from(file as string, 'base64'))]),
);

/** A JPEG file whose frame says this size. */
function jpegOf(name: string, width: number, height: number): Uint8Array<ArrayBuffer> {
  const file = jpegs[name].slice();
  const frame = file.findIndex((byte, at) => byte === 0xff && (file[at + 1] === 0xc0 || file[at + 1] === 0xc2));
  file.set([height >> 8, height & 255, width >> 8, width & 255], frame + 5);
  return file;
}

const imageArchive = (labels: unknown, raw?: string) =>
  zipOf([
    { name: 'a.png', packed: greyPng },
    { name: 'b.png', packed: greyPng },
    { name: 'dataset.json', packed: text(raw ?? JSON.stringify({ labels })) },
  ]);
const idx = (type: number, sizes: number[], data: Uint8Array) =>
  joined([
    Uint8Array.of(0, 0, type, sizes.length),
    ...sizes.map((n) => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n)),
    data,
  ]);
const npyOf = (header: string, data = new Uint8Array(0)) => {
  const padded = text(`${header.padEnd(117)}\n`);
  return joined([Uint8Array.of(0x93), text('NUMPY'), Uint8Array.of(1, 0, padded.length, 0), padded, data]);
};
const safetensorsOf = (header: string, data = new Uint8Array(0)) => {
  const bytes = text(header);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setBigUint64(0, BigInt(bytes.length), true);
  return joined([head, bytes, data]);
};
/** A file of torch.save: this pickle, and the bytes of one storage. */
const ptOf = (pickle: string, more: Record<string, Uint8Array> = { 'x/data/0': new Uint8Array(8) }) =>
  zipOf([
    { name: 'x/data.pkl', packed: new Uint8Array(Buffer.from(`\x80\x02${pickle}.`, 'latin1')) },
    ...Object.entries(more).map(([name, packed]) => ({ name, packed })),
  ]);
const list = (shape: number[], values: readonly number[]) => ({ rows: Float64Array.from(values), dims: shape[1] });
const ones = (count: number, value: number) => Array.from({ length: count }, () => value);

/** Long names of one length: V8 gives all of them the same hash. */
const longNames = (count: number, length = 16_390) =>
  Array.from({ length: count }, (_, i) => String(i).padStart(length, 'k'));

export const hostileFiles: readonly HostileFile[] = [
  // Numbers that size a loop or an array.
  ...[2e9, 2 ** 31 + 1, 2 ** 53, 1e300].map((label): HostileFile => ({
    name: `npz of two images, a label of ${label}`,
    build: () => npzOf({ images: pixels(2), labels: doubles(0, label) }),
    read: (bytes) => npzDataset(bytes),
    refused: /label of image 1/,
  })),
  {
    name: 'zip of two images, a label of 2e9',
    build: () =>
      imageArchive([
        ['a.png', 0],
        ['b.png', 2e9],
      ]),
    read: (bytes) => zipDataset(bytes),
    refused: /label of b\.png/,
  },
  {
    name: 'zip of images, labels of other kinds',
    build: () => imageArchive([5, null, 'a.png']),
    read: (bytes) => zipDataset(bytes),
    refused: /no \[file, class\]/,
  },
  {
    name: 'zip of images, dataset.json with long names of one hash',
    build: () =>
      imageArchive(
        [],
        `{${longNames(2000)
          .map((name) => `"${name}":0`)
          .join(',')}}`,
      ),
    read: (bytes) => zipDataset(bytes),
    refused: /dataset\.json/,
  },
  {
    name: 'idx of labels 2e9',
    build: () => idx(0x0c, [2], Uint8Array.of(0, 0, 0, 0, 0x77, 0x35, 0x94, 0)),
    read: (labels) => mnistDataset({ images: idx(8, [2, 1, 1], new Uint8Array(2)), labels }),
    refused: /label of image 1/,
  },
  {
    name: 'idx of 255 sizes of 4e9',
    build: () => idx(8, ones(255, 0xffffffff), new Uint8Array(0)),
    read: (bytes) => readIdx(bytes),
    refused: /idx/,
  },
  {
    name: 'logisticRegression, a label of 1e8',
    build: () => npzOf({ x: doubles(0, 1, 2, 3), y: doubles(0, 1e8) }),
    read: (bytes) => logisticRegression(list([2, 2], [0, 1, 2, 3]), readNpz(bytes).y.data),
    refused: /labels\[1\]/,
  },
  {
    name: 'ridgeClassifier, a label of 1e8',
    build: () => npzOf({ y: doubles(0, 1e8) }),
    read: (bytes) => ridgeClassifier(list([2, 2], [0, 1, 2, 3]), readNpz(bytes).y.data),
    refused: /labels\[1\]/,
  },
  {
    name: 'nearestNeighborVote, a label of 1e9',
    build: () => npzOf({ y: doubles(0, 1e9) }),
    read: (bytes) => {
      const rows = list([2, 2], [0, 1, 2, 3]);
      return nearestNeighborVote(
        { ...rows, labels: readNpz(bytes).y.data },
        { rows: Float64Array.of(0, 1), dims: 2 },
        { k: 1 },
      );
    },
    refused: /labels\[1\]/,
  },
  {
    name: 'npy of shape (0, 1e15, 1e15)',
    build: () => npyOf(`{'descr': '|u1', 'fortran_order': True, 'shape': (0, ${1e15}, ${1e15}), }`),
    read: (bytes) => readNpy(bytes),
  },
  {
    name: 'reference statistics of count -5',
    build: () => npzOf({ mu: doubles(0), sigma: { shape: [1, 1], data: Float64Array.of(1) }, count: doubles(-5) }),
    read: (bytes) => momentsFromNpz(bytes),
    refused: /count/,
  },
  {
    name: 'reference statistics that are not symmetric',
    build: () => npzOf({ mu: doubles(0, 0), sigma: { shape: [2, 2], data: Float64Array.of(1, 0.5, 0, 1) } }),
    read: (bytes) => momentsFromNpz(bytes),
    refused: /symmetric/,
  },
  {
    name: 'CIFAR-10 with a label of 255',
    build: () => new Uint8Array(3073).fill(255),
    read: (bytes) => cifar10Dataset([bytes]),
    refused: /label of image 0/,
  },
  // Pictures.
  {
    name: 'WebP of 16383 x 16383',
    build: () => flatWebp(16383, 16383),
    read: (bytes) => decodeImage(bytes),
    refused: /pixels/,
  },
  { name: 'WebP of 8192 x 8192', heavy: true, build: () => flatWebp(8192, 8192), read: (bytes) => decodeImage(bytes) },
  ...['baseline 4:2:0', 'progressive 4:2:0', 'grey', 'Adobe CMYK'].flatMap((name) =>
    [65500, 8192].map((side): HostileFile => ({
      name: `JPEG of ${side} x ${side}, ${name}`,
      build: () => jpegOf(name, side, side),
      read: (bytes) => decodeImage(bytes),
      refused: /JPEG|pixels/,
    })),
  ),
  ...[1, 30].map((scans): HostileFile => ({
    name: `JPEG of 8192 x 8192 with data, progressive 4:4:4, ${scans} more scans`,
    heavy: true,
    build: () => {
      const file = jpegOf('progressive 4:2:0', 8192, 8192);
      const frame = file.findIndex((byte, at) => byte === 0xff && file[at + 1] === 0xc2);
      file[frame + 11] = 0x11;
      const first = file.findIndex((byte, at) => byte === 0xff && file[at + 1] === 0xda);
      const data = first + 2 + file[first + 3];
      const last = file.slice(file.lastIndexOf(0xda) - 1, file.length - 2);
      const more = Array.from({ length: scans }, () => last);
      const head = file.subarray(0, data);
      const end = Uint8Array.of(0xff, 0xd9);
      return joined([head, new Uint8Array(500_000), file.subarray(data, file.length - 2), ...more, end]);
    },
    read: (bytes) => decodeImage(bytes),
  })),
  {
    name: 'JPEG of 2000 scans',
    build: () => {
      const file = jpegOf('grey progressive', 4096, 4096);
      const scan = file.lastIndexOf(0xda) - 1;
      const last = file.slice(scan, file.length - 2);
      return joined([file.subarray(0, scan), ...Array.from({ length: 2000 }, () => last), Uint8Array.of(0xff, 0xd9)]);
    },
    read: (bytes) => decodeImage(bytes),
    refused: /JPEG/,
  },
  {
    name: 'JPEG of 5 million empty tables',
    heavy: true,
    build: () => {
      const file = jpegs['baseline 4:2:0'];
      const tables = new Uint8Array(2e7);
      for (let at = 0; at < tables.length; at += 4) tables.set([0xff, 0xdb, 0, 2], at);
      return joined([file.subarray(0, 2), tables, file.subarray(2)]);
    },
    read: (bytes) => decodeImage(bytes),
  },
  {
    name: 'CMYK JPEG whose components have no blocks',
    build: () => {
      const file = jpegs['Adobe CMYK'].slice();
      const frame = file.findIndex((byte, at) => byte === 0xff && file[at + 1] === 0xc0);
      for (let k = 0; k < 4; k++) file[frame + 11 + 3 * k] = 0;
      return file;
    },
    read: (bytes) => decodeImage(bytes),
    refused: /JPEG/,
  },
  {
    name: 'PNG of 4 x 4 that inflates to 2 GiB',
    build: () => pngOf([4, 4], [8, 0, 0, 0, 0], pngChunk('IDAT', zlibOf(deflatedZeros(2048)))),
    read: (bytes) => decodeImage(bytes),
    refused: /PNG/,
  },
  ...['zTXt', 'iTXt', 'iCCP'].map((kind): HostileFile => ({
    name: `PNG whose ${kind} inflates to 2 GiB`,
    build: () =>
      pngOf(
        [2, 2],
        [8, 0, 0, 0, 0],
        pngChunk(kind, joined([text('Comment'), new Uint8Array(kind === 'iTXt' ? 5 : 2), zlibOf(deflatedZeros(2048))])),
        pngData(new Uint8Array(6)),
      ),
    read: (bytes) => decodeImage(bytes),
  })),
  {
    name: 'PNG of 65535 x 65535',
    build: () => pngOf([65535, 65535], [8, 0, 0, 0, 0], pngChunk('IDAT', zlibOf(deflatedZeros(4)))),
    read: (bytes) => decodeImage(bytes),
    refused: /pixels/,
  },
  ...(
    [
      ['grey', 64, [8, 0, 0, 0, 0]],
      ['RGBA of 16 bits', 512, [16, 6, 0, 0, 0]],
      ['interlaced RGBA of 16 bits', 512, [16, 6, 0, 0, 1]],
    ] as const
  ).map(([kind, mebibytes, rest]): HostileFile => ({
    name: `PNG of 8192 x 8192, ${kind}`,
    heavy: true,
    build: () =>
      // One byte for the filter of each row, so a little more than whole mebibytes; the checksum is wrong in the end.
      pngOf(
        [8192, 8192],
        rest,
        pngChunk('IDAT', zlibOf(deflatedZeros(mebibytes, new Uint8Array(rest[4] ? 15_360 : 8192)))),
      ),
    read: (bytes) => decodeImage(bytes),
    refused: /PNG/,
  })),
  {
    name: 'PNG of 1.5 million data chunks of one byte',
    build: () => {
      const whole = deflateSync(new Uint8Array(6));
      const chunk = pngChunk('IDAT', []);
      const chunks = new Uint8Array(chunk.length * 1_500_000);
      for (let at = 0; at < chunks.length; at += chunk.length) chunks.set(chunk, at);
      return pngOf([2, 2], [8, 0, 0, 0, 0], chunks, pngChunk('IDAT', whole));
    },
    read: (bytes) => decodeImage(bytes),
  },
  {
    name: 'PNG of height 0',
    build: () => pngOf([2, 0], [8, 0, 0, 0, 0], pngData(new Uint8Array(6))),
    read: (bytes) => decodeImage(bytes),
    refused: /pixels/,
  },
  // Tensor files.
  {
    name: '.pt of shape [60e6, 1 x 63], strides 0',
    build: () => ptOf(tensor({ shape: [60e6, ...ones(63, 1)], stride: ones(64, 0) })),
    read: (bytes) => readPyTorch(bytes),
  },
  {
    name: '.pt of shape [2 x 26], strides 0 and 1',
    heavy: true,
    build: () =>
      ptOf(tensor({ shape: ones(26, 2), stride: ones(26, 0).map((_, i) => i % 2) }), {
        'x/data/0': new Uint8Array(64),
      }),
    read: (bytes) => readPyTorch(bytes),
  },
  {
    name: '.pt of shape [0, 1e9 x 8]',
    build: () => ptOf(tensor({ shape: [0, ...ones(8, 1e9)], stride: ones(9, 0) })),
    read: (bytes) => readPyTorch(bytes),
  },
  {
    name: '.pt with a key of 16,390 letters around a thousand tensors',
    build: () => {
      const inner = Array.from({ length: 1000 }, (_, i) => string(String(i)) + 'h\x01').join('');
      const pickle = `}${string('k'.repeat(16_390))}}(${string('t')}${tensor()}q\x01${inner}us`;
      return ptOf(pickle);
    },
    read: (bytes) => readPyTorch(bytes),
    refused: /longer than 4096/,
  },
  {
    name: '.pt with 2,000 keys of one hash',
    build: () =>
      ptOf(
        `}(${longNames(2000)
          .map((name) => `${string(name)}K\x01`)
          .join('')}u`,
      ),
    read: (bytes) => readPyTorch(bytes),
    refused: /longer than 4096/,
  },
  {
    name: '.pt with an OrderedDict of 2,000 keys of one hash',
    build: () =>
      ptOf(
        `ccollections\nOrderedDict\n](${longNames(2000)
          .map((name) => `${string(name)}K\x01\x86`)
          .join('')}e\x85R`,
      ),
    read: (bytes) => readPyTorch(bytes),
    refused: /longer than 4096/,
  },
  {
    name: '.pt with one tensor referred to 1.9 million times',
    build: () => ptOf(`](${tensor()}q\x01${'h\x01'.repeat(1_900_000)}e`),
    read: (bytes) => readPyTorch(bytes),
    refused: /grow/,
  },
  {
    name: '.pt with lists that double 40 times',
    heavy: true,
    build: () => ptOf(`]q\x01${'](h\x01h\x01eq\x01'.repeat(40)}`),
    read: (bytes) => readPyTorch(bytes),
    refused: /pickle/,
  },
  {
    name: '.pt with integers of 255 bytes',
    build: () => ptOf(`](${`\x8a\xff${'\x7f'.repeat(255)}`.repeat(20_000)}e`),
    read: (bytes) => readPyTorch(bytes),
  },
  {
    name: '.pt with one list as a million keys of tuples',
    build: () => ptOf(`}${`X${word(4000)}${'a'.repeat(4000)}`}q\x010(${'h\x01h\x01h\x01\x87K\x01'.repeat(300_000)}u`),
    read: (bytes) => readPyTorch(bytes),
    refused: /longer than 4096/,
  },
  {
    name: 'safetensors with 2,000 names of one hash',
    build: () =>
      safetensorsOf(
        `{${longNames(2000)
          .map((name) => `"${name}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)
          .join(',')}}`,
      ),
    read: (bytes) => readSafetensors(bytes),
    refused: /4096/,
  },
  {
    name: 'safetensors with 500,000 empty tensors',
    heavy: true,
    build: () =>
      safetensorsOf(
        `{${Array.from({ length: 500_000 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`).join(',')}}`,
      ),
    read: (bytes) => readSafetensors(bytes),
    refused: /more than/,
  },
  {
    name: 'safetensors with a shape of 20 million sizes',
    heavy: true,
    build: () =>
      safetensorsOf(`{"a":{"dtype":"U8","shape":[${'1,'.repeat(2e7)}1],"data_offsets":[0,1]}}`, new Uint8Array(1)),
    read: (bytes) => readSafetensors(bytes),
    refused: /shape/,
  },
  {
    name: 'safetensors of an unknown dtype, written',
    build: () => new Uint8Array(1),
    read: (bytes) => writeSafetensors({ a: { shape: [1], dtype: 'float8' as 'uint8', data: bytes } }),
    refused: /dtype/,
  },
  // Archives.
  {
    name: 'zip entry of 10 bytes that inflates to 1 GiB',
    build: () => zipOf([{ name: 'a', packed: deflatedZeros(1024), method: 8, size: 10 }]),
    read: (bytes) => unzip(bytes),
    refused: /10 bytes/,
  },
  {
    name: 'zip entry of 2 GiB that inflates to 10 bytes',
    build: () => zipOf([{ name: 'a', packed: deflatedZeros(0, new Uint8Array(10)), method: 8, size: 2 ** 31 - 1 }]),
    read: (bytes) => unzip(bytes),
    refused: /declares|more than/,
  },
  {
    name: 'zip entry that inflates to 2 GiB, as it says',
    build: () => zipOf([{ name: 'a', packed: deflatedZeros(2047), method: 8, size: 2047 * 2 ** 20 }]),
    read: (bytes) => unzip(bytes),
    refused: /more than/,
  },
  {
    name: 'npz array that inflates to 1 GiB, as it says',
    build: () => {
      const head = npyOf(`{'descr': '<f2', 'fortran_order': False, 'shape': (${2 ** 29},), }`);
      return zipOf([{ name: 'a.npy', packed: deflatedZeros(1024, head), method: 8, size: 2 ** 30 + head.length }]);
    },
    read: (bytes) => readNpz(bytes),
    refused: /more than/,
  },
  {
    name: 'zip of 1,000 overlapping entries',
    build: () => {
      const first = { packed: deflatedZeros(100), method: 8, size: 100 * 2 ** 20 };
      const rest = Array.from({ length: 999 }, (_, i) => ({
        ...first,
        name: `a${i}`,
        packed: new Uint8Array(0),
        header: 0,
      }));
      return zipOf([{ ...first, name: 'a' }, ...rest]);
    },
    read: (bytes) => unzip(bytes, { maxBytes: 2 ** 40 }),
    refused: /another entry|own/,
  },
  {
    name: 'zip of 60,000 entries that inflate to 1 MiB each',
    build: () => {
      const packed = deflatedZeros(1);
      return zipOf(Array.from({ length: 60_000 }, (_, i) => ({ name: `${i}`, packed, method: 8, size: 2 ** 20 })));
    },
    read: (bytes) => unzip(bytes),
    refused: /more than/,
  },
  {
    name: 'gzip of 2 MB that unpacks to 2 GiB',
    heavy: true,
    build: () => {
      const head = gzipSync(new Uint8Array(0)).subarray(0, 10);
      return joined([head, deflatedZeros(2047), new Uint8Array(8)]);
    },
    read: (bytes) => gunzip(bytes),
    refused: /more than/,
  },
  {
    name: 'tar with 500,000 global records before 20,000 files',
    heavy: true,
    build: () => {
      const records = Array.from({ length: 500_000 }, (_, i) => {
        const body = ` k${String(i).padStart(7, '0')}=v\n`;
        return `${body.length + 2}${body}`;
      });
      const one = tarPart('a', new Uint8Array(0));
      const files = Array.from({ length: 20_000 }, (_, i) => (i ? tarPart(`${i}`, new Uint8Array(0)) : one));
      return joined([tarPart('g', text(records.join('')), 'g'), ...files]);
    },
    read: (bytes) => untar(bytes),
  },
  {
    name: 'tar with 2,000 records of one hash',
    build: () => {
      const records = longNames(2000).map((name) => {
        const body = ` ${name}=v\n`;
        return `${body.length + 5}${body}`;
      });
      return joined([tarPart('g', text(records.join('')), 'g'), tarPart('a', new Uint8Array(0))]);
    },
    read: (bytes) => untar(bytes),
  },
  {
    name: 'zip with a member named __proto__, and one named 1',
    build: () => zipOf(['b', '1', '__proto__'].map((name) => ({ name, packed: text(name) }))),
    read: (bytes) => {
      const names = [...unzip(bytes).keys()].join();
      if (names !== 'b,1,__proto__') throw new Error(names);
    },
  },
  {
    name: 'zip with two members of one name',
    build: () => zipOf(['a', 'a'].map((name) => ({ name, packed: text(name) }))),
    read: (bytes) => unzip(bytes),
    refused: /twice/,
  },
  {
    name: '.pt whose data differ from their checksum',
    build: () => {
      const file = ptOf(tensor());
      file[file.findIndex((_, at) => String.fromCharCode(...file.subarray(at, at + 8)) === 'x/data/0') + 8] ^= 1;
      return file;
    },
    read: (bytes) => readPyTorch(bytes),
    refused: /checksum/,
  },
  {
    name: 'array of a label of 2^32 + 1',
    build: () => new Uint8Array(4),
    read: (bytes) => arrayDataset({ x: bytes, shape: [2, 1, 1], label: [0, 1, 2 ** 32 + 1, 0].slice(1, 3) }),
    refused: /label of image 1/,
  },
];
