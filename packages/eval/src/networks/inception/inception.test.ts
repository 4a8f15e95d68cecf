import { hashUnit, syntheticInception } from '@diptych/test-utils/eval';
import { fixtures } from '@diptych/test-utils/fixtures';
import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { installWasmKernels } from '@diptych/ops/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frechetDistance } from '../../metrics/frechet/frechet-distance.ts';
import { fid } from '../../metrics/measure/fid.ts';
import { legacyPyTorch, legacyTensorFlow } from '../protocols/protocols.ts';
import type { Protocol } from '../protocols/protocols.ts';
import { inceptionFeatures } from './inception-features.ts';
import { inceptionShapes } from './inception-weights.ts';
import { inception } from './inception.ts';
import type { Inception, InceptionOutput } from './inception.ts';

let made: { salt: string; network: Inception; tensors: ReturnType<typeof syntheticInception> } | undefined;

/** One network at a time: weights are 96 MB. */
function networkOf(salt: string): Inception {
  if (made?.salt === salt) return made.network;
  made?.network.dispose();
  const tensors = syntheticInception(inceptionShapes, salt);
  const network = inception({ tensors, sha256: 'f'.repeat(64) });
  made = { salt, network, tensors };
  return network;
}

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installWasmKernels();
});
afterAll(() => {
  made?.network.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

const protocols: Record<string, Protocol> = {
  'bilinear, align_corners false, no antialias, on 0..1; 2x - 1': legacyPyTorch,
  'TF1 bilinear (corner aligned at 0, no half-pixel shift), on 0..255; (x - 128)/128': legacyTensorFlow,
};

interface BlockStatistics {
  shape: number[];
  mean: number;
  std: number;
  max: number;
  spot: number[];
  spotAt: [number, number];
}

/** Largest difference over the deviation of the expected numbers. */
function apart(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const mean = expected.reduce((a, b) => a + b, 0) / expected.length;
  const std = Math.sqrt(expected.reduce((a, b) => a + (b - mean) ** 2, 0) / expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(actual[i] - value) / std), 0);
}

async function run({ config, inputs, expected }: FixtureCase): Promise<void> {
  const protocol = protocols[`${String(config.resize)}; ${String(config.normalise)}`];
  if (!protocol) throw new Error(`no protocol for ${String(config.resize)}`);
  const { shape, data } = inputs.image as NumberArray;
  const prepared = protocol.prepare(Uint8Array.from(data), shape as [number, number, number]);
  const blocks = (expected.blocks ?? {}) as Record<string, BlockStatistics>;
  const seen: string[] = [];
  const look = (name: string, output: tf.Tensor4D) => {
    const block = blocks[name];
    if (!block) return;
    seen.push(name);
    expect(output.shape.slice(1)).toEqual(block.shape);
    const numbers = output.dataSync<'float32'>();
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    expect(Math.abs(mean - block.mean) / block.std, name).toBeLessThan(1e-4);
    const at = (block.spotAt[0] * block.shape[1] + block.spotAt[1]) * block.shape[2];
    block.spot.forEach((value, c) => expect(Math.abs(numbers[at + c] - value) / block.std, name).toBeLessThan(1e-3));
  };
  const names: Record<string, InceptionOutput> = { logits_unbiased: 'unbiasedLogits' };
  const outputOf = (name: string) => (names[name] ?? name) as InceptionOutput;
  const features = expected.features as Record<string, NumberArray>;
  const wanted = Object.keys(features).map(outputOf);
  const input = tf.tensor4d(prepared, [1, 299, 299, 3]);
  const found = networkOf(String(config.salt)).run(input, wanted, look);
  for (const [name, golden] of Object.entries(features)) {
    expect(apart(await found[outputOf(name)].data(), golden.data), name).toBeLessThan(1e-3);
  }
  expect(seen).toEqual(Object.keys(blocks).filter((name) => name !== 'avgpool'));
  tf.dispose([input, found]);
}

describe("inception(): parity with pytorch-fid's and torch-fidelity's network", () => {
  const golden = fixtures('eval').filter(({ file }) => /^inception(?!-score)/.test(file));
  const cases = golden.flatMap(({ file, cases }) => cases.map((of) => ({ file, of })));
  // One network after the other.
  cases.sort((a, b) => String(b.of.config.salt ?? '~').localeCompare(String(a.of.config.salt ?? '~')));
  for (const { file, of } of cases) {
    it(`parity: ${file}, ${of.name}`, { timeout: 60_000 }, async () => {
      if (file !== 'inception-parameters') return run(of);
      const { names, shapes, count } = of.expected as { names: string[]; shapes: number[][]; count: number };
      expect(inceptionShapes).toEqual(Object.fromEntries(names.map((name, i) => [name, shapes[i]])));
      const sizes = Object.values(inceptionShapes).map((shape) => shape.reduce((a, b) => a * b, 1));
      expect(sizes.reduce((a, b) => a + b, 0)).toBe(count);
    });
  }
});

describe('inception()', () => {
  const image = tf.tidy(() => Float32Array.from(hashUnit('image', 299 * 299 * 3)));

  it('gives the same with batch norms apart, and frees everything', { timeout: 60_000 }, async () => {
    networkOf('');
    const { tensors } = made!;
    const before = tf.memory().numTensors;
    const plain = inception({ tensors, sha256: 'f'.repeat(64) }, { foldBatchNorm: false });
    const input = tf.tensor4d(image, [1, 299, 299, 3]);
    const [a, b] = [plain.run(input, ['2048', 'spatial']), networkOf('').run(input, ['2048', 'spatial'])];
    expect(apart(await a['2048'].data(), Array.from(await b['2048'].data()))).toBeLessThan(1e-4);
    expect(a.spatial.shape).toEqual([1, 2023]);
    tf.dispose([input, a, b]);
    plain.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const again = tf.zeros([1, 299, 299, 3]) as tf.Tensor4D;
    expect(() => plain.run(again, ['64'])).toThrow(/has been disposed/);
    again.dispose();
  });

  it('takes the spatial features of sFID from the first 7 channels of Mixed_6d', async () => {
    const input = tf.tensor4d(image, [1, 299, 299, 3]);
    let block: Float32Array = new Float32Array();
    const found = networkOf('').run(input, ['spatial'], (name, output) => {
      if (name === 'Mixed_6d') block = output.dataSync() as Float32Array;
    });
    const spatial = await found.spatial.data();
    const expected = Float32Array.from({ length: 17 * 17 * 7 }, (_, i) => block[Math.floor(i / 7) * 768 + (i % 7)]);
    expect(spatial).toEqual(expected);
    tf.dispose([input, found]);
  });

  it('lists missing, unexpected and wrongly shaped tensors, and refuses other input', () => {
    const one = { shape: [1], dtype: 'float32' as const, data: new Float32Array(1) };
    expect(() => inception({ tensors: { 'fc.bias': one, extra: one }, sha256: '' })).toThrow(
      /472 tensors.*471 missing: Conv2d_1a_3x3.conv.weight, .*; 1 unexpected: extra; 1 of another shape: fc.bias is \[1\] \(1 numbers\) instead of \[1008\]/,
    );
    const small = tf.zeros([1, 32, 32, 3]) as tf.Tensor4D;
    expect(() => networkOf('').run(small, ['64'])).toThrow(/input must be of shape \[B, 299, 299, 3\]/);
    small.dispose();
  });
});

describe('inceptionFeatures()', () => {
  it(
    'gives features, scores and spatial features in one pass, the same in any batch',
    { timeout: 60_000 },
    async () => {
      const network = inceptionFeatures(networkOf(''), { tap: 64, batchSize: 2 });
      const x = Uint8Array.from(hashUnit('three', 3 * 8 * 8), (u) => 127 * u + 128);
      const before = tf.memory().numTensors;
      const { features, spatial, logits } = await network.outputs!({ x, shape: [3, 8, 8, 1] }, ['spatial', 'logits']);
      expect([features.rows.length, spatial!.rows.length, logits!.dims]).toEqual([3 * 64, 3 * 2023, 1008]);
      const last = await network.features({ x: x.slice(128), shape: [1, 8, 8, 1] });
      expect(apart(last.rows, Array.from(features.rows.subarray(128)))).toBeLessThan(1e-5);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('gives fid its numbers: protocol, counts and reference in one line', { timeout: 60_000 }, async () => {
    const x = Uint8Array.from(hashUnit('five', 5 * 8 * 8), (u) => 127 * u + 128);
    const [real, generated] = [0, 2].map((from) => [
      { x: x.slice(from * 64, (from + 3) * 64), shape: [3, 8, 8, 1] as const },
    ]);
    const network = networkOf('');
    const before = tf.memory().numTensors;
    const found = await fid({ real, generated, network, protocol: legacyTensorFlow });
    const features = inceptionFeatures(network, { protocol: legacyTensorFlow });
    const [a, b] = [await features.features(real[0]), await features.features(generated[0])];
    expect(found.value).toBeCloseTo(frechetDistance(a, b), 6);
    expect(found.line).toMatch(/\(legacy-tensorflow, 3 against 3 images, 2048 dims, reference [0-9a-f]{16}\)$/);
    expect(found.warnings).toHaveLength(2);
    expect((await fid({ real, generated: real, network })).protocol).toBe('clean');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is called FID by the published weights and 2048 features alone', () => {
    const network = networkOf('');
    expect(inceptionFeatures(network).metric).toBe('FD-inception of weights ffffffff');
    const published = { ...network, sha256: '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2' };
    expect(inceptionFeatures(published).metric).toBe('FID');
    expect(inceptionFeatures(published).protocol).toBe('clean');
    expect(inceptionFeatures(published, { tap: 768 }).metric).toBe('FD-inception-768');
    expect(() => inceptionFeatures(network, { tap: 100 as 64 })).toThrow(/tap must be/);
  });
});
