import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { ViTShape } from '../nets/vit-shape.ts';

/** Arrays with owners: every use but the last takes `.ref`. */
type Parameters = ReturnType<typeof initial>;

/** The ViT of src/nets/vit.ts in jax-js. */
export interface JaxJsViT {
  readonly parameters: number;
  /** One Adam step. */
  step(): Promise<void>;
}

/** The ViT of src/nets/vit.ts in jax-js on WASM, with the whole Adam step under one jit. */
export async function jaxJsViT(shape: ViTShape): Promise<JaxJsViT> {
  await init('wasm');
  defaultDevice('wasm');
  const { patch, tokens, batch } = shape;
  const x = noise([batch, tokens - 1, patch], 1, 7);
  const y = noise([batch, tokens - 1, patch], 1, 8);
  let parameters = initial(shape);
  let first = tree.map((a: np.Array) => np.zerosLike(a.ref), parameters) as Parameters;
  let second = tree.map((a: np.Array) => np.zerosLike(a.ref), parameters) as Parameters;

  const loss = (p: Parameters, x: np.Array, y: np.Array) => np.mean(np.square(forward(p, x, shape).sub(y)));
  const update = jit((p: Parameters, m: Parameters, v: Parameters, x: np.Array, y: np.Array) => {
    const [value, gradient] = valueAndGrad(loss)(tree.map((a: np.Array) => a.ref, p) as Parameters, x, y);
    const m1 = tree.map((a: np.Array, g: np.Array) => a.mul(0.9).add(g.ref.mul(0.1)), m, gradient) as Parameters;
    const v1 = tree.map(
      (a: np.Array, g: np.Array) => a.mul(0.999).add(np.square(g).mul(0.001)),
      v,
      gradient,
    ) as Parameters;
    const move = (a: np.Array, m: np.Array, v: np.Array) => a.sub(m.ref.mul(1e-4).div(np.sqrt(v.ref).add(1e-8)));
    return [value, tree.map(move, p, m1, v1) as Parameters, m1, v1] as [np.Array, Parameters, Parameters, Parameters];
  });

  const sizes = tree.leaves(parameters).map((leaf) => (leaf as np.Array).size);
  return {
    parameters: sizes.reduce((sum, size) => sum + size, 0),
    async step() {
      const [value, p, m, v] = update(parameters, first, second, x.ref, y.ref);
      [parameters, first, second] = [p, m, v];
      value.dispose();
      await blockUntilReady(parameters);
    },
  };
}

function forward(p: Parameters, x: np.Array, { width, tokens, heads, batch }: ViTShape): np.Array {
  const time = np.broadcastTo(p.time, [batch, 1, width]);
  let h = np.concatenate([time, np.matmul(x, p.embed).add(p.embedBias)], 1).add(p.positions);
  for (const b of p.blocks) {
    const qkv = np
      .matmul(layerNorm(h.ref, b.norm1, b.norm1Bias), b.qkv)
      .reshape([batch, tokens, 3, heads, width / heads]);
    const [q, k, v] = np
      .split(qkv, 3, 2)
      .map((part) => part.reshape([batch, tokens, heads, width / heads]).transpose([0, 2, 1, 3]));
    const weights = nn.softmax(np.matmul(q, k.transpose([0, 1, 3, 2])).mul((width / heads) ** -0.5), -1);
    const mixed = np.matmul(weights, v).transpose([0, 2, 1, 3]).reshape([batch, tokens, width]);
    h = h.add(np.matmul(mixed, b.proj).add(b.projBias));
    const hidden = nn.gelu(np.matmul(layerNorm(h.ref, b.norm2, b.norm2Bias), b.fc1).add(b.fc1Bias), {
      approximate: false,
    });
    h = h.add(np.matmul(hidden, b.fc2).add(b.fc2Bias));
  }
  return np
    .matmul(layerNorm(h, p.norm, p.normBias), p.head)
    .add(p.headBias)
    .slice([], [1, tokens]);
}

function layerNorm(x: np.Array, scale: np.Array, shift: np.Array): np.Array {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true });
  return centred
    .mul(np.reciprocal(np.sqrt(variance.add(1e-5))))
    .mul(scale)
    .add(shift);
}

function initial({ patch, width, depth, tokens }: ViTShape) {
  let seed = 1;
  const weight = (shape: number[]) => noise(shape, 0.02, seed++);
  return {
    embed: weight([patch, width]),
    embedBias: np.zeros([width]),
    time: weight([1, 1, width]),
    positions: weight([tokens, width]),
    blocks: Array.from({ length: depth }, () => ({
      norm1: np.ones([width]),
      norm1Bias: np.zeros([width]),
      qkv: weight([width, 3 * width]),
      proj: weight([width, width]),
      projBias: np.zeros([width]),
      norm2: np.ones([width]),
      norm2Bias: np.zeros([width]),
      fc1: weight([width, 4 * width]),
      fc1Bias: np.zeros([4 * width]),
      fc2: weight([4 * width, width]),
      fc2Bias: np.zeros([width]),
    })),
    norm: np.ones([width]),
    normBias: np.zeros([width]),
    head: weight([width, patch]),
    headBias: np.zeros([patch]),
  };
}

/** Uniform numbers of standard deviation `scale` from a linear congruential generator. */
function noise(shape: number[], scale: number, seed: number): np.Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let state = seed;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = (state / 2 ** 31 - 1) * scale * Math.sqrt(3);
  }
  return np.array(values).reshape(shape);
}
