import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';
import { installWasmKernels } from '@diptych/ops/wasm';
import { profile } from '/work/main/packages/bench/src/kernels/profile.ts';
import { vit } from '/work/main/packages/bench/src/nets/vit.ts';
import { vitDenoiser } from '/work/main/packages/bench/src/nets/vit-shape.ts';
await tf.setBackend('wasm');
const mode = process.argv[2] ?? 'ours';
if (mode !== 'stock') await installWasmKernels(mode === 'simd' ? { instructionSet: 'simd' } : {});
const network = vit(vitDenoiser);
const shape: [number, number, number] = [32, 64, 12];
const x = tf.randomNormal(shape, 0, 1, 'float32', 7) as tf.Tensor3D, y = tf.randomNormal(shape, 0, 1, 'float32', 8);
const optimizer = tf.train.adam(1e-4);
const step = async () => {
  const loss = tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => tf.mean(tf.squaredDifference(network.forward(x), y)) as tf.Scalar, Object.values(network.weights));
    optimizer.applyGradients(grads);
    return value;
  });
  await loss.data(); loss.dispose();
};
const reps = mode === 'stock' ? 1 : 6;
for (let i = 0; i < 2; i++) await step();
const n0 = tf.memory().numTensors;
const t: number[] = [];
for (let i = 0; i < reps; i++) { const s = performance.now(); await step(); t.push(performance.now() - s); }
console.log(mode, 'best', Math.min(...t).toFixed(0), 'median', t.sort((a, b) => a - b)[t.length >> 1].toFixed(0), 'leak', tf.memory().numTensors - n0);
for (const k of (await profile(step, Math.min(reps, 3))).slice(0, 24)) console.log(k.kernel.padEnd(28), String(k.calls).padStart(6), k.milliseconds.toFixed(1).padStart(9));
if (process.argv[3]) {
  const cfg = tf.getKernel('BatchMatMul', 'wasm')!, lin = tf.getKernel('DiptychLinear', 'wasm')!;
  const m = new Map<string, number[]>();
  const wrap = (c: any) => { tf.unregisterKernel(c.kernelName, 'wasm'); tf.registerKernel({ ...c, kernelFunc: (args: any) => {
    const t = args.attrs.transposeA ?? 0, u = args.attrs.transposeB ?? 0; const [a, b] = Object.values(args.inputs) as any[];
    const s = performance.now(); const r = c.kernelFunc(args); const e = performance.now() - s;
    const k = c.kernelName + a.shape + (t ? 'T' : '') + ' x ' + b.shape + (u ? 'T' : ''); const q = m.get(k) ?? [2 * a.shape.reduce((x: number, y: number) => x * y) * (u ? b.shape.at(-2) : b.shape.at(-1))]; q.push(e); m.set(k, q); return r; } }); };
  wrap(cfg); wrap(lin);
  for (let i = 0; i < 6; i++) await step();
  for (const [k, [fl, ...ts]] of m) { ts.sort((a, b) => a - b); console.log(k.padEnd(50), ts.length / 6, 'best', ts[0].toFixed(2), 'med', ts[ts.length >> 1].toFixed(2), 'GF', (fl / ts[0] / 1e6).toFixed(1), (fl / ts[ts.length >> 1] / 1e6).toFixed(1)); }
}
