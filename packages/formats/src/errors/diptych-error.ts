import { describeValue, printable } from './describe-value.ts';

const marker = Symbol.for('@diptych/error');
const formatMarker = Symbol.for('@diptych/format-error');

/** What was wrong with a value that a caller handed in. */
export interface RefusedValue {
  /** Public function or class that refuses. */
  where: string;
  /** Name of the parameter, e.g. `sigmaMin`. */
  parameter: string;
  /** What it must be. */
  rule: string;
  /** What it was. */
  value: unknown;
}

/** What was wrong with a file or a state, where no parameter is to blame. */
export interface RefusedState {
  /** Public function or class that refuses. */
  where: string;
  /** What is wrong, as a sentence without a full stop. */
  sentence: string;
}

/** What an error says. */
export type DiptychErrorDetails = RefusedValue | RefusedState;

/**
 * The error of every check at a public edge: `<where>: <parameter> must be <rule>, got <value>`, or of files and states
 * `<where>: <sentence>`. Characters that steer a terminal are escaped.
 *
 * Several copies of the package may be loaded, so ask `DiptychError.isInstance(error)`, not `instanceof`.
 *
 * @example
 * throw new DiptychError({ where: 'heun', parameter: 'steps', rule: 'a positive integer', value: 0 });
 */
export class DiptychError extends Error {
  readonly details: DiptychErrorDetails;

  constructor(details: DiptychErrorDetails, options?: ErrorOptions) {
    super(printable(messageOf(details)), options);
    this.name = 'DiptychError';
    this.details = details;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Whether a value is such an error, of whatever copy of the package. */
  static isInstance(error: unknown): error is DiptychError {
    return hasMarker(error, marker);
  }
}

/**
 * The error of a file that is damaged, hostile, or beyond what is read: `<where>: <sentence>`.
 *
 * @example
 * throw new FormatError('readPyTorch', 'the pickle refers to "os.system"; only tensors and plain values are allowed');
 */
export class FormatError extends DiptychError {
  constructor(where: string, sentence: string, options?: ErrorOptions) {
    super({ where, sentence }, options);
    this.name = 'FormatError';
    Object.defineProperty(this, formatMarker, { value: true });
  }

  /** Whether a value is such an error, of whatever copy of the package. */
  static override isInstance(error: unknown): error is FormatError {
    return hasMarker(error, formatMarker);
  }
}

function messageOf(details: DiptychErrorDetails): string {
  if ('sentence' in details) return `${details.where}: ${details.sentence}`;
  const [where, parameter] = [details.where, details.parameter].map(cutName);
  return `${where}: ${parameter} must be ${details.rule}, got ${describeValue(details.value)}`;
}

/** A path may stand for a parameter: a long one must not push the rule out of the message. */
const cutName = (name: string) => (name.length > 1000 ? `${name.slice(0, 1000)}…` : name);

function hasMarker(error: unknown, symbol: symbol): boolean {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[symbol] === true;
}
