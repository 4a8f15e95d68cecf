const marker = Symbol.for('@diptych/error');

/** What was wrong with a value that a caller handed in. */
export interface DiptychErrorDetails {
  /** Public function or class that refuses. */
  where: string;
  /** Name of the parameter, e.g. `options.sigmaMin`. */
  parameter: string;
  /** What it must be. */
  rule: string;
  /** What it was. */
  value: unknown;
}

/**
 * The error of every check at a public edge: `<where>: <parameter> must be <rule>, got <value>`.
 *
 * Several copies of the package may be loaded, so ask `DiptychError.isInstance(error)`, not `instanceof`.
 */
export class DiptychError extends Error {
  readonly details: DiptychErrorDetails;

  constructor(details: DiptychErrorDetails, options?: ErrorOptions) {
    super(`${details.where}: ${details.parameter} must be ${details.rule}, got ${show(details.value)}`, options);
    this.name = 'DiptychError';
    this.details = details;
    Object.defineProperty(this, marker, { value: true });
  }

  static isInstance(error: unknown): error is DiptychError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[marker] === true;
  }
}

/** Throws a `DiptychError` unless `condition` holds. */
export function check(
  condition: unknown,
  where: string,
  parameter: string,
  rule: string,
  value: unknown,
): asserts condition {
  if (!condition) throw new DiptychError({ where, parameter, rule, value });
}

/** A value in few words: strings quoted, long and deep lists cut, tensors by shape and dtype. */
function show(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    if (depth > 3) return '[…]';
    const items = Array.from(value as ArrayLike<unknown>);
    const head = items
      .slice(0, 8)
      .map((item) => show(item, depth + 1))
      .join(', ');
    return `[${head}${items.length > 8 ? `, … ${items.length} in all` : ''}]`;
  }
  if (typeof value === 'object' && value !== null) {
    if ('dtype' in value && 'shape' in value) return `${String(value.dtype)} tensor of shape [${String(value.shape)}]`;
    return `{${Object.keys(value).slice(0, 8).join(', ')}}`;
  }
  return String(value);
}
