import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { processorTime } from '../clock.ts';
import { vitSpecification } from '../nets/vit.ts';
import { profileStep } from './profile-step.ts';
import { recordKernels, type KernelCall } from './record-kernels.ts';

beforeAll(() => tf.setBackend('cpu'));

it('recordKernels() tells every call with its shapes, and puts the kernels back, also after an error', async () => {
  const before = tf.getKernel('Add', 'cpu');
  const calls: KernelCall[] = [];
  const step = async () => tf.dispose(tf.add(tf.ones([2, 3]), tf.ones([3])));
  await recordKernels(step, (call) => calls.push(call));
  expect(calls.map(({ kernel, shapes }) => `${kernel} ${shapes}`)).toContain('Add [2,3] [3]');
  await expect(
    recordKernels(
      () => Promise.reject(new Error('no')),
      () => {},
    ),
  ).rejects.toThrow('no');
  expect(tf.getKernel('Add', 'cpu')).toBe(before);
});

it('recordKernels() counts the time of a kernel inside another once', async () => {
  const wait = (milliseconds: number) => {
    const end = processorTime() + milliseconds;
    while (processorTime() < end);
  };
  const output = () => tf.ones([1]);
  tf.registerKernel({ kernelName: 'BenchInner', backendName: 'cpu', kernelFunc: () => (wait(20), output()) });
  tf.registerKernel({
    kernelName: 'BenchOuter',
    backendName: 'cpu',
    kernelFunc: () => (wait(10), tf.engine().runKernel('BenchInner', {}) as tf.Tensor),
  });
  const times: Record<string, number> = {};
  await recordKernels(
    async () => tf.dispose(tf.engine().runKernel('BenchOuter', {}) as tf.Tensor),
    ({ kernel, time }) => (times[kernel] = time),
  );
  tf.unregisterKernel('BenchInner', 'cpu');
  tf.unregisterKernel('BenchOuter', 'cpu');
  expect(times.BenchInner).toBeGreaterThanOrEqual(20);
  expect(times.BenchOuter).toBeGreaterThanOrEqual(10);
  expect(times.BenchOuter).toBeLessThan(times.BenchInner + 10 - 0.5);
});

it('profileStep() splits a training step into forward, backward, update and the rest, and leaves no tensors behind', async () => {
  const net = vitSpecification({ patch: 4, width: 8, depth: 1, heads: 2, tokens: 5, batch: 2 }).build();
  const before = tf.memory().numTensors;
  const root = await profileStep(net, 1);
  expect(tf.memory().numTensors).toBe(before);
  expect(root.children.map(({ name }) => name)).toEqual(['forward', 'backward', 'update', '(outside)']);
  const sum = root.children.reduce((total, { time }) => total + time, 0);
  expect(sum).toBeCloseTo(root.time, 6);
  const [forward, backward] = root.children;
  const products = (phase: typeof forward) => phase.children.find(({ name }) => name === 'BatchMatMul')!.calls;
  expect(products(backward)).toBeGreaterThan(products(forward));
  net.dispose();
});
