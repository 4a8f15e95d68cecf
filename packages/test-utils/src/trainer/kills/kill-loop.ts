import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from '@diptych/trainer/node';
import { runTraining, type Told } from './run-training.ts';

export interface KillLoopOptions {
  kills: number;
  /** Decides the moments. Default 0. */
  seed?: number;
  /** Told of every kill. */
  onKill?: (kill: Kill) => void;
}

/** One kill, and what was found after it. */
export interface Kill {
  /** What the training had said last. */
  readonly during: string;
  readonly insideSave: boolean;
  /** Step of the last save that was reported done, and of the checkpoint that is there; 0 for none. */
  readonly saved: number;
  readonly found: number;
  /** Unfinished files beside it. */
  readonly partials: number;
}

/** What a loop of kills found. */
export interface KillLoopReport {
  readonly kills: readonly Kill[];
  /** Files in the folder when the training had come to its end. */
  readonly files: readonly string[];
  readonly steps: number;
  /** Whether checkpoint, log and samples are bit for bit those of a training that nobody killed. */
  readonly same: Readonly<Record<string, boolean>>;
}

/**
 * Kills a training again and again, at least `kills` times and half of them inside a save, resumes it, lets it end, and compares it with one that nobody
 * killed. Throws when a checkpoint cannot be read, or is of a step that was neither saved nor on its way.
 */
export async function killLoop({ kills: count, seed = 0, onKill }: KillLoopOptions): Promise<KillLoopReport> {
  const folder = await mkdtemp(join(tmpdir(), 'diptych-kills-'));
  const random = generator(seed);
  const kills: Kill[] = [];
  try {
    const inside = () => kills.filter(({ insideSave }) => insideSave).length;
    // A save may be over before its kill arrives, so that more are tried, thrice as many at most.
    while (kills.length < count || (inside() < count / 2 && kills.length < 3 * count)) {
      const told = await killed(join(folder, 'killed'), kills.length >= count || kills.length % 2 === 0, random);
      const kill = await inspect(join(folder, 'killed'), told, kills.at(-1)?.found ?? 0);
      kills.push(kill);
      onKill?.(kill);
    }
    const steps = Math.max(...kills.map(({ found }) => found)) + 6;
    for (const name of ['killed', 'straight']) {
      const { code, errors } = await runTraining({ folder: join(folder, name), steps });
      if (code !== 0) throw new Error(`the training ended with ${code}: ${errors}`);
    }
    const same: Record<string, boolean> = {};
    for (const file of ['checkpoint.safetensors', 'log.jsonl', 'samples.f32']) {
      const [one, two] = await Promise.all(['killed', 'straight'].map((name) => readFile(join(folder, name, file))));
      same[file] = one.equals(two);
    }
    return { kills, files: (await readdir(join(folder, 'killed'))).sort(), steps, same };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts or resumes the training and kills it: in one of its saves, or at any moment from its start on. */
async function killed(folder: string, insideSave: boolean, random: () => number): Promise<Told> {
  const saves = 1 + Math.floor(3 * random());
  let [seen, began, longest] = [0, 0, 0];
  const told = await runTraining({
    folder,
    steps: 1e9,
    onLine(line) {
      if (!insideSave) return line.startsWith('note') ? Math.floor(600 * random()) : undefined;
      const now = performance.now();
      // How long the saves before took says when one is under way.
      if (line.startsWith('saved')) longest = Math.max(longest, now - began);
      if (!line.startsWith('saving')) return undefined;
      began = now;
      return seen++ === saves ? longest * random() : undefined;
    },
  });
  if (told.code !== null) throw new Error(`the training ended by itself with ${told.code}: ${told.errors}`);
  return told;
}

async function inspect(folder: string, { lines }: Told, before: number): Promise<Kill> {
  const number = (word: string) => Number(lines.findLast((line) => line.startsWith(`${word} `))?.split(' ')[1] ?? 0);
  const saved = Math.max(number('saved'), before);
  const saving = number('saving');
  const files = await readdir(folder).catch(() => [] as string[]);
  const whole = files.includes('checkpoint.safetensors');
  const found = whole ? (await loadCheckpoint(join(folder, 'checkpoint.safetensors'))).state.step : 0;
  if (found > saved && found !== saving) {
    throw new Error(`the checkpoint is of step ${found}, but step ${saved} was saved and ${saving} was on its way`);
  }
  const resumed = number('resume');
  if (lines.some((line) => line.startsWith('resume')) && resumed !== before) {
    throw new Error(`resumed from step ${resumed}, but the checkpoint was of step ${before}`);
  }
  const partials = files.filter((file) => file.endsWith('.partial')).length;
  return { during: lines.at(-1) ?? 'start', insideSave: saving > number('saved'), saved, found, partials };
}

/** Uniform numbers, the same for the same seed (a linear congruential generator: moments need no better). */
function generator(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
