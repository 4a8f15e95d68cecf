import { clock } from '../clock.ts';
import { compare } from '../compare.ts';
import { best } from '../measure.ts';
import { parametersOf, type Net, type NetSpecification } from '../nets/net.ts';
import { forwarding, training, type Stepper } from '../nets/training.ts';
import { profileStep } from '../profile/profile-step.ts';
import { shares } from '../profile/shares.ts';
import { timed, type Result } from '../result.ts';
import { against, engineSides, peerSides, type Suite, type SuiteContext } from './suite.ts';

export interface NetworkSuiteOptions {
  /** Timings of a training step of stock tfjs, which takes a minute on the large ones; or why there is none. */
  readonly stockTraining: number | string;
  /** A step takes seconds: three timings at most, and one of each kind of stock tfjs. Default false. */
  readonly large?: boolean;
  /** A training step of jax-js, where it has been written for this network. */
  readonly jaxJs?: () => Promise<{ readonly parameters: number; step(): Promise<void> }>;
}

const kinds = ['train', 'forward'] as const;

/** A training step of the trainer and a forward pass of one network, side by side with every other engine that has it. */
export function networkSuite(specification: NetSpecification, options: NetworkSuiteOptions): Suite {
  const { name, note, flop } = specification;
  return {
    name,
    async run(context) {
      context.remark(
        `${name}: ${note}; ${(flop / 1e9).toFixed(1)} GFLOP forward, ${((3 * flop) / 1e9).toFixed(0)} a step.`,
      );
      const net = specification.build();
      const results: Result[] = [];
      for (const what of kinds) results.push(...(await measured(what, net, specification, options, context)));
      await profiled(net, name, options.large ? 1 : context.repeat, context);
      net.dispose();
      return results;
    },
  };
}

async function measured(
  what: (typeof kinds)[number],
  net: Net,
  { name, peer, flop, build }: NetSpecification,
  { stockTraining, large = false, jaxJs }: NetworkSuiteOptions,
  context: SuiteContext,
): Promise<Result[]> {
  const { withKernels, tfjsNode, note, remark, engines } = context;
  const repeat = large ? Math.min(3, context.repeat) : context.repeat;
  const train = what === 'train';
  const start = (net: Net): Stepper => (train ? training(net) : forwarding(net));
  const own = start(net);
  const stock = () => withKernels(false, () => clock(own.step));
  const sides = engineSides(context, own.step, { warmUp: large ? 1 : 2 });
  const ends: (() => unknown)[] = [own.dispose];

  if (!train || typeof stockTraining === 'number') {
    sides.push({
      name: 'tfjs-wasm',
      once: stock,
      warmUp: 0,
      most: train ? Number(stockTraining) : large ? 1 : 2,
    });
  } else remark(`${name}-train/wasm-1/tfjs-wasm is left out: ${stockTraining}`);

  const torch = await peerSides(context, { ...peer, train });
  for (const job of torch.jobs) {
    same(`${name} of PyTorch`, job.parameters, parametersOf(net));
    ends.push(job.close);
  }
  sides.push(...torch.sides);
  if (train && jaxJs) {
    const { parameters, step } = await jaxJs();
    same(`${name} of jax-js`, parameters, parametersOf(net));
    sides.push({ name: 'jax-js', once: () => clock(step), warmUp: 2, most: 4 });
  }
  if (tfjsNode) {
    const native = await tfjsNode.run(async () => {
      const net = build();
      return { net, stepper: start(net) };
    });
    sides.push({ name: `tfjs-node-${tfjsNode.threads}`, once: () => tfjsNode.run(() => clock(native.stepper.step)) });
    ends.push(() => tfjsNode.run(async () => (native.stepper.dispose(), native.net.dispose())));
  }

  const seconds = await compare(sides, repeat);
  const ours = seconds[engines[0].name];
  for (const end of ends) await end();
  const rate = ((train ? 3 : 1) * flop) / best(ours) / 1e9;
  note(`${name}-${what}: ${(best(ours) * 1000).toFixed(0)} ms, ${rate.toFixed(1)} GFLOP/s`);
  const native = seconds['pytorch-1'];
  if (train && native) {
    const limit = (3 * flop) / context.peak.gflops / 1e9;
    remark(
      `${name}-train reaches ${rate.toFixed(1)} GFLOP/s, PyTorch ${((3 * flop) / best(native) / 1e9).toFixed(0)}. At the ` +
        `${context.peak.gflops.toFixed(0)} GFLOP/s of 128-bit ${context.peak.instruction} its products alone would take ` +
        `${(limit * 1000).toFixed(0)} ms, so the ratio to pytorch-1 is at most ${(best(native) / limit).toFixed(2)}.`,
    );
  }
  return against(context, seconds, (pair, ours, theirs) => timed(`${name}-${what}/${pair}`, ours, theirs));
}

/** Networks of other sizes would not be a comparison. */
function same(what: string, theirs: number, ours: number): void {
  if (theirs !== ours) throw new Error(`bench: the ${what} has ${theirs} parameters, ours ${ours}`);
}

async function profiled(net: Net, name: string, repeat: number, { withKernels, remark, flame }: SuiteContext) {
  const root = await withKernels(true, () => profileStep(net, repeat));
  const { total, ...parts } = shares(root);
  const list = Object.entries(parts).map(([part, time]) => `${part} ${((100 * time) / total).toFixed(0)} %`);
  const light = parts['elementwise and sums'] + parts.norm + parts.softmax + parts.update;
  remark(
    `Profile of one ${name} training step, ${total.toFixed(0)} ms: ${list.join(', ')}; ` +
      `elementwise, norm, softmax and update together ${((100 * light) / total).toFixed(0)} %.`,
  );
  flame?.(name, root);
}
