// Tensors that are left are counted, which takes a backend.
import '@tensorflow/tfjs-backend-cpu';
import { DiptychError } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

/** A function and arguments with which it works; nonsense takes the place of each of them and of each option in them. */
export interface SoundCall {
  name: string;
  run: (...args: never[]) => unknown;
  /** Made anew for each call, tensors too: they are disposed of afterwards. */
  args: () => unknown[];
  /** What is taken although it looks like nonsense, as `parameter: value`, and why it is right. */
  takes?: Readonly<Record<string, string>>;
}

/** A sound call by its parts. */
export const soundCall = (
  name: string,
  run: unknown,
  args: SoundCall['args'],
  takes?: SoundCall['takes'],
): SoundCall => ({ name, run: run as SoundCall['run'], args, ...(takes && { takes }) });

/** Names that are the user's own, so that no other is misspelt: what an object holds beside what is asked of it. */
export const ownNames = (place: string, ...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [`${place}.${name}x: misspelt`, "a name of the user's own"]));

/** What became of one call with nonsense in it. */
export interface Outcome {
  /** `sample(2).steps: "3"`: the function, the argument, the option, the value. */
  call: string;
  /** `other` is an error that is none of ours, `leak` one that leaves tensors behind. */
  became: 'accepted' | 'refused' | 'other' | 'leak';
  message: string;
}

/** Values of every kind, by the name of their kind. */
const nonsense: readonly (readonly [kind: string, value: unknown])[] = [
  ['null', null],
  ['number', NaN],
  ['number', -1],
  ['number', 0.5],
  ['bigint', 3n],
  ['string', '3'],
  ['string', 'constructor'],
  ['boolean', true],
  ['array', []],
  ['array', ['a']],
  ['object', {}],
  ['function', () => undefined],
  ['date', new Date(0)],
];

/**
 * Calls every function with each argument, and each option of each argument that is a plain object, replaced by values of every kind, and with
 * a misspelt name for each option. Refused with an error of ours, without a tensor left, is what should become of them; a value of the kind that
 * the sound one has may be accepted, except NaN.
 */
export async function callWithNonsense(
  calls: readonly SoundCall[],
): Promise<{ outcomes: Outcome[]; faults: Outcome[] }> {
  const outcomes: Outcome[] = [];
  const faults: Outcome[] = [];
  for (const call of calls) {
    const sound = await outcome(call, call.args());
    if (sound.became !== 'accepted')
      throw new Error(`${call.name} does not work with the sound arguments: ${sound.message}`);
    const note = async (
      place: string,
      shown: string,
      change: (args: unknown[]) => unknown[],
      mayBeAccepted: boolean,
    ) => {
      const args = call.args();
      const named = { ...(await outcome(call, change(args))), call: `${call.name}(${place}): ${shown}` };
      tf.dispose(args as never);
      outcomes.push(named);
      const isFine = named.became === 'refused' || (named.became === 'accepted' && mayBeAccepted);
      if (!isFine && !(`${place}: ${shown}` in (call.takes ?? {}))) faults.push(named);
    };
    const plain = call.args();
    for (const [at, argument] of plain.entries()) {
      for (const [kind, value] of nonsense) {
        const isSame = kind === kindOf(argument) && !Number.isNaN(value);
        await note(`${at}`, show(value), (args) => args.with(at, value), isSame || isTypedAs(argument, kind));
      }
      if (!isPlainObject(argument)) continue;
      for (const [option, given] of Object.entries(argument)) {
        for (const [kind, value] of nonsense) {
          const isSame = kind === kindOf(given) && !Number.isNaN(value);
          const change = (args: unknown[]) => replaced(args, at, { [option]: value });
          await note(`${at}.${option}`, show(value), change, isSame || isTypedAs(given, kind));
        }
        const misspelt = `${option}x`;
        await note(`${at}.${misspelt}`, 'misspelt', (args) => replaced(args, at, { [misspelt]: given }), false);
      }
    }
    tf.dispose(plain as never);
  }
  return { outcomes, faults };
}

async function outcome({ run, name }: SoundCall, args: unknown[]): Promise<Outcome> {
  const before = tf.memory().numTensors;
  try {
    const result = await first(await (run as (...args: unknown[]) => unknown)(...args));
    tf.dispose(result as never);
    tf.dispose(args as never);
    return { call: name, became: 'accepted', message: '' };
  } catch (error) {
    const left = tf.memory().numTensors - before;
    tf.dispose(args as never);
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (!DiptychError.isInstance(error)) return { call: name, became: 'other', message };
    return { call: name, became: left > 0 ? 'leak' : 'refused', message };
  }
}

/** The first value of an iterable, else the value itself: a generator that nobody asks checks nothing. */
async function first(result: unknown): Promise<unknown> {
  if (typeof result !== 'object' || result === null || !(Symbol.asyncIterator in result)) return result;
  for await (const value of result as AsyncIterable<unknown>) return value;
  return undefined;
}

function replaced(args: unknown[], at: number, options: object): unknown[] {
  return args.with(at, { ...(args[at] as object), ...options });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** Typed arrays are as good as arrays where those are sound. */
function isTypedAs(sound: unknown, kind: string): boolean {
  return kind === 'array' && ArrayBuffer.isView(sound);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function show(value: unknown): string {
  if (typeof value === 'string' || Array.isArray(value)) return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (value instanceof Date) return 'a date';
  return typeof value === 'object' && value !== null ? '{}' : String(value);
}
