import { installWasmKernels, type InstalledWasmKernels } from '@diptych/ops/wasm';
import {
  autoencoderParity,
  isAutoencoder,
  officialAutoencoder,
  officialCase,
  officialCaseNames,
  officialNetwork,
  officialParity,
  type Errors,
} from '@diptych/test-utils/models';
import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const above = (errors: Errors, bound: number) => Object.entries(errors).filter(([, error]) => !(error <= bound));

const parityTests = () => {
  it.each(officialCaseNames())('parity with %s: outputs and taps to 2e-5, gradients to 1e-4', async (name) => {
    const of = officialCase(name);
    const parity = await (isAutoencoder(of)
      ? autoencoderParity(of, officialAutoencoder(of))
      : officialParity(of, officialNetwork(of)));
    expect(Object.keys(parity.outputs)).toEqual(Object.keys(of.expected));
    expect(above(parity.outputs, 2e-5)).toEqual([]);
    expect(above(parity.taps, 2e-5)).toEqual([]);
    expect(above(parity.after, 2e-5)).toEqual([]);
    expect(above(parity.gradients, 1e-4)).toEqual([]);
    expect(parity.zeroGradient).toBeLessThan(1e-4);
    expect(parity.unmatched).toEqual([]);
  });
};

onEachBackend('official networks', parityTests);

describe('official networks [wasm with our kernels]', () => {
  let kernels: InstalledWasmKernels;
  beforeAll(async () => {
    await tf.setBackend('wasm');
    await tf.ready();
    kernels = await installWasmKernels();
  });
  afterAll(() => kernels.uninstall());

  it('kernels are in place', () => expect(kernels.replaced.length).toBeGreaterThan(0));
  parityTests();
});

describe('official networks', () => {
  it('a case of an unknown architecture or configuration fails', () => {
    expect(() => officialNetwork({ arch: 'unheard-of', config: {}, call: {} })).toThrow(/architecture unheard-of/);
    expect(() => officialNetwork({ arch: 'uvit', config: { spiral: true }, call: {} })).toThrow(/configuration spiral/);
  });
});
