import * as tf from '@tensorflow/tfjs-core';
import { checkIn, checkOptions, DiptychError, rules } from '@diptych/formats/errors';
import { candidates, type Candidate } from './candidates.ts';
import { nodeVersion } from './node-version.ts';
import { start } from './start.ts';

/** What came of trying one backend. */
export interface BackendAttempt {
  /** As in DIPTYCH_BACKEND: `tfjs-node-gpu`, `tfjs-node`, `webgpu`, `wasm`, `cpu`. */
  candidate: string;
  /** Whether it runs now; the last attempt is the one that does. */
  running: boolean;
  /** Why it does not run, or what to know about it. */
  note?: string;
}

export interface PickBackendOptions {
  /** The only name to try: what DIPTYCH_BACKEND does, from code, and before it. */
  force?: string;
  /** Names to try before the others, best first. */
  prefer?: readonly string[];
  /** How to load a backend, by name, instead of the import of its npm package; the way for bundlers: `{wasm: () => import('@tensorflow/tfjs-backend-wasm')}`. */
  loaders?: Readonly<Record<string, () => Promise<unknown>>>;
  /** Told of every attempt, in order. */
  onTry?: (attempt: BackendAttempt) => void;
  /** Environment to read DIPTYCH_BACKEND from. Default: that of the process, if there is one. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts the fastest tfjs backend there is, in the order tfjs-node-gpu, tfjs-node, WebGPU, WASM (with the kernels of `@diptych/ops/wasm`), plain JS.
 *
 * In Node the packages are optional: those that are not installed are passed over. In a browser a backend counts when the page has
 * imported it or `loaders` names it. `force`, or the environment variable DIPTYCH_BACKEND, allows one only. Nothing happens before the call; a backend that
 * already runs is taken like any other. In Node the stock WASM backend sets handlers of uncaught errors that print 39 kB of its source
 * in place of the error; they are taken off, and the note of the attempt says so.
 *
 * @returns the name that `tf.getBackend()` gives, initialised: `tensorflow` for tfjs-node, `webgpu`, `wasm`, `cpu`
 * @throws DiptychError if the forced backend is unknown, not installed (the message names the package) or does not start, or when none starts
 *
 * @example
 * ```ts
 * const backend = await pickBackend({ onTry: ({ candidate, note }) => console.error(candidate, note ?? 'runs') });
 * ```
 */
export async function pickBackend(options: PickBackendOptions = {}): Promise<string> {
  checkOptions<PickBackendOptions>('pickBackend', options, {
    force: rules.text,
    prefer: rules.list(rules.text),
    loaders: rules.record,
    onTry: rules.callback,
    env: rules.record,
  });
  const { prefer = [], loaders = {}, onTry, env = typeof process === 'undefined' ? {} : process.env } = options;
  const forced = options.force ?? env['DIPTYCH_BACKEND'];
  const forcedBy = options.force ? 'force' : 'DIPTYCH_BACKEND';
  const chosen = forced ? [named(forced, forcedBy)] : order(prefer);
  const notes: string[] = [];
  for (const candidate of chosen) {
    const { note, running, cause } = await start(candidate, loaders[candidate.name]);
    onTry?.({ candidate: candidate.name, running, ...(note ? { note } : {}) });
    if (running) return tf.getBackend();
    notes.push(`${candidate.name}: ${note}`);
    if (forced) throw refusal(forcedBy, `a backend that starts here (${note})`, forced, cause);
  }
  throw refusal(
    'backend',
    `one that starts here (${nodeVersion() ? 'install' : 'import'} @tensorflow/tfjs-backend-wasm)`,
    notes,
  );
}

const refusal = (parameter: string, rule: string, value: unknown, cause?: unknown) =>
  new DiptychError({ where: 'pickBackend', parameter, rule, value }, cause === undefined ? undefined : { cause });

function order(prefer: readonly string[]): readonly Candidate[] {
  return [...new Set([...prefer.map((name) => named(name, 'prefer')), ...candidates])];
}

function named(name: string, parameter: string): Candidate {
  const names = candidates.map((known) => known.name);
  checkIn('pickBackend', { [parameter]: name }, names);
  return candidates[names.indexOf(name)];
}
