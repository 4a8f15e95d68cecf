import { hashLevels, hashUnit } from '@diptych/test-utils/eval';
import { installWasmKernels } from '@diptych/ops/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { dinoFeatures } from './dino-features.ts';
import { dinoProtocol } from './dino-protocol.ts';
import type { DinoSizes } from './dino-weights.ts';
import { dinoShapes, vitSmall16 } from './dino-weights.ts';
import { dinoNetwork } from './dino.ts';

const file = new URL('../../../../test-utils/fixtures/dino/dino-golden.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as {
  sizes: DinoSizes;
  features: Record<string, number[]>;
  prepared: Record<string, number[]>;
};
const sizeOf = (text: string) => text.split('x').map(Number) as [number, number];
const hashed = (name: string, count: number) => Float32Array.from(hashUnit(name, count), (u) => 0.3 * u);
const shapes = dinoShapes(golden.sizes);
const tensors = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => {
    const data = hashed(
      name,
      shape.reduce((a, b) => a * b, 1),
    );
    return [name, { shape, dtype: 'float32' as const, data }];
  }),
);

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installWasmKernels();
});

describe("dinoNetwork(): parity with PyTorch's operations", () => {
  it.each(Object.entries(golden.features))('parity: features of %s, on wasm and cpu', async (size, expected) => {
    const [height, width] = sizeOf(size);
    for (const backend of ['wasm', 'cpu']) {
      await tf.setBackend(backend);
      const before = tf.memory().numTensors;
      const network = dinoNetwork({ tensors, sha256: '' }, golden.sizes);
      const input = tf.tensor4d(hashed(`image/${size}`, height * width * 3), [1, height, width, 3]);
      const found = network.run(input);
      const numbers = await found.data();
      expected.forEach((value, i) => expect(Math.abs(numbers[i] - value), `${backend} ${i}`).toBeLessThan(2e-6));
      tf.dispose([input, found]);
      network.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    await tf.setBackend('wasm');
  });

  it.each(Object.entries(golden.prepared))("parity: preparation of %s, with Pillow's levels", (size, expected) => {
    const [height, width] = sizeOf(size);
    const levels = hashLevels(`dino/${size}`, height * width * 3);
    const input = dinoProtocol.prepare(levels, [height, width, 3]);
    const spots = [0, 111, 223].flatMap((y) => [0, 112, 223].map((x) => (y * 224 + x) * 3));
    const found = spots.flatMap((at) => Array.from(input.subarray(at, at + 3)));
    found.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-6));
  });
});

describe('dinoNetwork()', () => {
  it('has the 150 tensors and 21,665,664 numbers of the official ViT-S/16', () => {
    const all = Object.values(dinoShapes(vitSmall16));
    expect(all).toHaveLength(150);
    const numbers = all.map((shape) => shape.reduce((a, b) => a * b, 1)).reduce((a, b) => a + b, 0);
    expect(numbers).toBe(21_665_664);
  });

  it('lists what a file lacks, refuses other input, and use after disposal', () => {
    expect(() => dinoNetwork({ tensors, sha256: '' })).toThrow(
      /cls_token is \[1,1,24\] \(24 numbers\) instead of \[1,1,384\]/,
    );
    const network = dinoNetwork({ tensors, sha256: '' }, golden.sizes);
    const odd = tf.zeros([1, 40, 48, 3]) as tf.Tensor4D;
    expect(() => network.run(odd)).toThrow(/sides a multiple of 16/);
    odd.dispose();
    network.dispose();
    const even = tf.zeros([1, 48, 48, 3]) as tf.Tensor4D;
    expect(() => network.run(even)).toThrow(/has been disposed/);
    even.dispose();
  });
});

describe('dinoFeatures()', () => {
  it('gives one row per image, the same in any batch, gray as three equal channels, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const network = dinoNetwork({ tensors, sha256: '' }, golden.sizes);
    const features = dinoFeatures(network, { batchSize: 2 });
    expect([features.name, features.dims, features.protocol]).toEqual(['DINO', 24, 'dino']);
    const gray = hashLevels('gray', 3 * 16 * 16);
    const color = Uint8Array.from({ length: gray.length * 3 }, (_, i) => gray[Math.floor(i / 3)]);
    const a = await features.features({ x: gray, shape: [3, 16, 16, 1] });
    const b = await features.features({ x: color.subarray(2 * 768), shape: [1, 16, 16, 3] });
    expect(a.rows.length).toBe(72);
    a.rows.subarray(48).forEach((value, i) => expect(Math.abs(value - b.rows[i])).toBeLessThan(1e-5));
    network.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
