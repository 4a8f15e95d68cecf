import { check } from '@diptych/formats/errors';
import type { KernelExports } from '../kernel-exports.ts';
import { compileKernels, recompileKernels, type CompiledKernels } from './compile-kernels.ts';
import {
  disableWide,
  enableRelaxedSimd,
  enableWide,
  obstacleToWide,
  supports,
  type InstructionSet,
} from './instruction-set.ts';
import { Trial } from './trial.ts';

/** The build that runs. */
export interface ChosenBuild {
  instructionSet: InstructionSet;
  compiled: CompiledKernels;
  /** What to know about the choice. */
  note?: string;
}

/** What may be chosen from. */
export interface BuildWishes {
  instructionSet?: InstructionSet;
  wide?: boolean;
}

/** How much faster the wide build must be to be taken. */
const gain = 1.1;

/**
 * The build that is asked for, or the fastest: relaxed SIMD if the engine has it, and its wide layout where V8 joins vectors, a self-test gives the
 * same bits, and it is measured to be faster. Undefined where there is no SIMD.
 */
export async function chooseBuild({ instructionSet, wide }: BuildWishes): Promise<ChosenBuild | undefined> {
  if (instructionSet !== 'simd') await enableRelaxedSimd();
  if (instructionSet) {
    check(
      supports(instructionSet),
      'installWasmKernels',
      'instructionSet',
      'one that this engine supports',
      instructionSet,
    );
    if (instructionSet !== 'wide') return { instructionSet, compiled: await compileKernels(instructionSet) };
    const obstacle = obstacleToWide();
    if (!obstacle) await enableWide();
    return { instructionSet, compiled: await compileKernels('wide'), note: obstacle && `128-bit vectors: ${obstacle}` };
  }
  const narrow = (['relaxedSimd', 'simd'] as const).find(supports);
  if (!narrow) return undefined;
  const obstacle = refusal(wide) ?? (narrow === 'simd' ? 'there is no relaxed SIMD' : obstacleToWide());
  if (obstacle)
    return { instructionSet: narrow, compiled: await compileKernels(narrow), note: `128-bit vectors: ${obstacle}` };
  return (tried ??= tryWide(narrow));
}

let tried: Promise<ChosenBuild> | undefined;

/** The wide build if it stands the test; once in a process. */
async function tryWide(narrow: 'relaxedSimd' | 'simd'): Promise<ChosenBuild> {
  await enableWide();
  const [before, after] = [await compileKernels(narrow), await compileKernels('wide')];
  const { differs, ratio } = await compare(before, after);
  if (!differs && ratio >= gain) {
    return {
      instructionSet: 'wide',
      compiled: after,
      note: `256-bit vectors, ${ratio.toFixed(1)} times as fast in a test`,
    };
  }
  // Nothing that is compiled from now on shall be joined.
  await disableWide();
  const reason = differs
    ? `joined, ${differs} gives other numbers here`
    : `joining them is no faster here (${ratio.toFixed(2)})`;
  return { instructionSet: narrow, compiled: await recompileKernels(narrow), note: `128-bit vectors: ${reason}` };
}

/** Whether the user has forbidden it, and by what. */
function refusal(wide: boolean | undefined): string | undefined {
  if (wide !== undefined) return wide ? undefined : 'wide is false';
  const named = typeof process === 'undefined' ? undefined : process.env?.DIPTYCH_WIDE;
  check([undefined, '', '0', '1'].includes(named), 'installWasmKernels', 'DIPTYCH_WIDE', '0 or 1', named);
  return named === '0' ? 'DIPTYCH_WIDE is 0' : undefined;
}

const instantiate = (module: WebAssembly.Module, memory: WebAssembly.Memory) =>
  new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;

/** Milliseconds for the comparison at most, and of one turn of a side. */
const [most, turn] = [250, 1.5];

/** Compares two builds: the name of a kernel whose bits differ, and how many times as fast the second one is. */
async function compare(first: CompiledKernels, second: CompiledKernels): Promise<{ differs?: string; ratio: number }> {
  const sides = [first, second].map(({ own }) => {
    const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536 });
    return { trial: new Trial(memory, instantiate(own, memory)), best: Infinity };
  });
  const begin = performance.now();
  // The optimising compiler works in the background: until the times have settled, and no longer than allowed.
  let still = 0;
  while (performance.now() - begin < most && still < 6) {
    still++;
    for (const side of sides) {
      const end = performance.now() + turn;
      do {
        const start = performance.now();
        side.trial.once();
        const time = performance.now() - start;
        if (time < 0.98 * side.best) still = 0;
        side.best = Math.min(side.best, time);
      } while (performance.now() < end);
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const [a, b] = sides.map(({ trial }) => trial.results());
  const differs = Object.keys(a).find((name) => a[name].some((bits, index) => bits !== b[name][index]));
  return { differs, ratio: sides[0].best / sides[1].best };
}
