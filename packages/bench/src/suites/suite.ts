import type { Engine } from '../engines.ts';
import type { MultiplyAddPeak } from '../bounds/multiply-add-peak.ts';
import { clock } from '../clock.ts';
import type { Side } from '../compare.ts';
import { best } from '../measure.ts';
import type { OpenJob, PeerJob, PyTorch } from '../peers/pytorch.ts';
import type { TfjsNode } from '../peers/tfjs-node.ts';
import type { Flame } from '../profile/flame.ts';
import type { Result } from '../result.ts';

/** What a suite has to hand. */
export interface SuiteContext {
  /** PyTorch, where Python has it. */
  readonly pytorch?: PyTorch;
  /** tfjs-node, where it is installed. */
  readonly tfjsNode?: TfjsNode;
  /** What bounds products on 128-bit vectors in one thread. */
  readonly peak: MultiplyAddPeak;
  /** How often each side is timed; the best of each counts. */
  readonly repeat: number;
  /** The ways to run our kernels here: `wasm-1` first, then on more threads and on wider vectors. */
  readonly engines: readonly Engine[];
  /** Runs `step` with the kernels of one of them, or of stock tfjs. */
  on<T>(engine: Engine | undefined, step: () => Promise<T>): Promise<T>;
  /** Runs `step` with our kernels in one thread on (`true`) or on stock tfjs (`false`). */
  withKernels<T>(on: boolean, step: () => Promise<T>): Promise<T>;
  /** For a line of progress. */
  note(text: string): void;
  /** For a line of the report: what was measured, what bounds it, what is left out. */
  remark(text: string): void;
  /** For the flame of a profile, where profiles are wanted. */
  flame?(name: string, flame: Flame): void;
}

/** A group of comparisons. */
export interface Suite {
  readonly name: string;
  run(context: SuiteContext): Promise<Result[]>;
}

/** Opens a job of PyTorch's, with one thread unless said otherwise, if there is PyTorch. */
export function openPeer({ pytorch }: SuiteContext, job: PeerJob, threads = 1): Promise<OpenJob> | undefined {
  return pytorch?.open({ ...job, threads });
}

/** Every engine as a side that does `step`, named as the engine is. */
export const engineSides = (
  { engines, on }: SuiteContext,
  step: () => unknown | Promise<unknown>,
  rest: Omit<Side, 'name' | 'once'> = {},
): Side[] => engines.map((engine) => ({ name: engine.name, once: () => on(engine, () => clock(step)), ...rest }));

/** PyTorch with as many threads as the engines have, as sides, and how to close them. */
export async function peerSides(context: SuiteContext, job: PeerJob): Promise<{ sides: Side[]; jobs: OpenJob[] }> {
  const counts = [...new Set(context.engines.map(({ threads }) => threads))];
  const sides: Side[] = [];
  const jobs: OpenJob[] = [];
  for (const threads of counts) {
    const open = await openPeer(context, job, threads);
    if (!open) continue;
    jobs.push(open);
    sides.push({ name: `pytorch-${threads}`, once: open.once });
  }
  return { sides, jobs };
}

/** Results of every engine against every other side: PyTorch with as many threads, the stock kernels, and our own base in one thread. */
export function against(
  { engines }: SuiteContext,
  seconds: Readonly<Record<string, readonly number[]>>,
  result: (name: string, ours: number, theirs: number) => Result,
): Result[] {
  const isEngine = (name: string) => engines.some((engine) => engine.name === name);
  return engines.flatMap(({ name, threads }, index) =>
    Object.entries(seconds)
      .filter(([other]) => (isEngine(other) ? index > 0 && other === engines[0].name : fits(other, threads)))
      .map(([other, theirs]) => result(`${name}/${other}`, best(seconds[name]), best(theirs))),
  );
}

/** PyTorch is compared at the same number of threads. */
const fits = (other: string, threads: number) => !other.startsWith('pytorch-') || other === `pytorch-${threads}`;
