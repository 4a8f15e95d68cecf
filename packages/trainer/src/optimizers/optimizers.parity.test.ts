import { installWasmKernels } from '@diptych/ops/wasm';
import type { FixtureCase, NumberArray } from '@diptych/test-utils/fixtures';
import { onEachBackend } from '@diptych/test-utils/ops';
import { expectClose, parityCases } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { adamW } from './adam-w.ts';
import { adam } from './adam.ts';
import { lion } from './lion.ts';
import { nadam } from './nadam.ts';
import type { Optimizer } from './optimizer.ts';
import { radam } from './radam.ts';
import { sgd } from './sgd.ts';

/** torch's option names to ours; an unknown one fails. */
const renamed: Record<string, (value: never) => object> = {
  betas: ([beta1, beta2]: [number, number]) => ({ beta1, beta2 }),
  eps: (epsilon: number) => ({ epsilon }),
  weightDecay: (weightDecay: number) => ({ weightDecay }),
  momentum: (momentum: number) => ({ momentum }),
  dampening: (dampening: number) => ({ dampening }),
  nesterov: (nesterov: number) => ({ nesterov: !!nesterov }),
  decoupled: (decoupled: number) => ({ decoupled: !!decoupled }),
  momentumDecay: (momentumDecay: number) => ({ momentumDecay }),
};
const optimizers: Record<string, (options: object) => Optimizer> = { adamw: adamW, adam, sgd, radam, nadam, lion };
const slotNames: Record<string, (optimizer: string) => string> = {
  exp_avg: (optimizer) => (optimizer === 'lion' ? 'momentum' : 'firstMoment'),
  exp_avg_sq: () => 'secondMoment',
  momentum_buffer: () => 'momentum',
};

function optimizerOf({ optimizer, lr, ...config }: FixtureCase['config']): { optimizer: Optimizer; rate: number } {
  const options = Object.entries(config).map(([name, value]) => {
    if (!(name in renamed)) throw new Error(`unknown option ${name} of ${optimizer}`);
    return renamed[name](value as never);
  });
  if (!(optimizer in optimizers)) throw new Error(`unknown optimizer ${optimizer}`);
  // PyTorch's AdamW decays by 0.01 unless told otherwise, as ours does; all others do not decay.
  return { optimizer: optimizers[optimizer](Object.assign({}, ...options)), rate: lr };
}

/** Ten steps from the start of a case, each compared, then the state. */
async function follow({ config, inputs, expected }: FixtureCase): Promise<void> {
  const { optimizer, rate } = optimizerOf(config);
  const { start, A, b, gradients, lrPerStep } = inputs as Record<string, NumberArray> & { lrPerStep?: number[] };
  const n = start.data.length;
  // Two variables, so that the packing takes part.
  const first = tf.variable(tf.tensor1d(start.data.slice(0, 1)));
  const rest = tf.variable(tf.tensor2d(start.data.slice(1), [n - 1, 1]));
  const state = optimizer.init({ first, rest });
  const steps = expected.parameters.shape[0] - 1;
  for (let i = 0; i < steps; i++) {
    const x = [...(await first.data()), ...(await rest.data())];
    const row = (k: number) => A.data.slice(k * n, (k + 1) * n);
    const gradient = gradients
      ? gradients.data.slice(i * n, (i + 1) * n)
      : x.map((_, k) => row(k).reduce((sum, a, j) => sum + a * x[j], -b.data[k]));
    tf.tidy(() => {
      const named = {
        first: tf.tensor1d(gradient.slice(0, 1)),
        rest: tf.tensor2d(gradient.slice(1), [n - 1, 1]),
      };
      state.update(named, lrPerStep?.[i] ?? rate);
    });
    const now = [...(await first.data()), ...(await rest.data())];
    // float32 against float64. Where a gradient nearly cancels, its relative error is 1e-4 and so is that of Adam's step,
    // which has the size of the learning rate.
    expectClose(now, expected.parameters.data.slice((i + 1) * n, (i + 2) * n), {
      rtol: 1e-5,
      atol: 3e-6 + 1e-4 * rate,
    });
  }
  const tensors = state.tensors();
  for (const [name, { data }] of Object.entries(expected.state as Record<string, NumberArray>)) {
    const slot = slotNames[name](config.optimizer);
    const values = [...(await tensors[`${slot}.first`].data()), ...(await tensors[`${slot}.rest`].data())];
    expectClose(values, data, { rtol: 2e-5, atol: 2e-6 });
  }
  tf.dispose([tensors, first, rest]);
  state.dispose();
}

const cases = parityCases('optimizers');

const knowsAll = () => {
  for (const { config } of cases) expect(() => optimizerOf(config)).not.toThrow();
};

onEachBackend('optimizers parity with PyTorch and lion-pytorch', () => {
  it('parity: knows every optimizer and option', knowsAll);
  for (const of of cases) it(`parity: ${of.name}`, () => follow(of));
});

onEachBackend(
  'optimizers parity with our kernels installed',
  () => {
    it('parity: knows every optimizer and option', knowsAll);
    for (const of of cases) {
      it(`parity: ${of.name}`, async () => {
        const { added, uninstall } = await installWasmKernels();
        try {
          expect(added).toContain('DiptychAdamW');
          await follow(of);
        } finally {
          uninstall();
        }
      });
    }
  },
  ['wasm'],
);
