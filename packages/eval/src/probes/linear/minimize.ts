/** Value and gradient at a point; the gradient is written into the array given. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/** When to stop. */
export interface MinimizeOptions {
  /** Largest entry of the gradient that counts as zero. Default 1e-6. */
  tolerance?: number;
  /** Default 1000. */
  maxIterations?: number;
  /** Pairs of steps and gradient changes that are kept. Default 12. */
  memory?: number;
}

/** Where the search ended. */
export interface Minimum {
  point: Float64Array;
  value: number;
  /** Largest entry of the gradient, in absolute value. */
  gradient: number;
  iterations: number;
  /** Whether the gradient is within the tolerance. */
  converged: boolean;
}

/**
 * Minimum of a smooth convex function by limited-memory BFGS with a line search that fulfils the strong Wolfe conditions
 * (sufficient decrease 1e-4, curvature 0.9).
 *
 * @see Nocedal and Wright 2006, Numerical Optimization, algorithms 7.4, 7.5, 3.5 and 3.6
 */
export function minimize(
  objective: Objective,
  start: Float64Array,
  { tolerance = 1e-6, maxIterations = 1000, memory = 12 }: MinimizeOptions = {},
): Minimum {
  const n = start.length;
  let here = evaluate(objective, start.slice());
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];

  let iterations = 0;
  while (largest(here.gradient) > tolerance && iterations < maxIterations) {
    const direction = descent(here.gradient, pairs);
    let slope = dot(here.gradient, direction);
    if (!(slope < 0)) {
      // Rounding has spoilt the curvature pairs: start again from the steepest descent.
      pairs.length = 0;
      for (let i = 0; i < n; i++) direction[i] = -here.gradient[i];
      slope = dot(here.gradient, direction);
    }
    const first = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const next = lineSearch(objective, here, direction, slope, first);
    iterations++;
    if (!next) {
      if (pairs.length === 0) break; // no digit left to gain
      pairs.length = 0;
      continue;
    }
    const s = next.point.map((value, i) => value - here.point[i]);
    const y = next.gradient.map((value, i) => value - here.gradient[i]);
    const curvature = dot(s, y);
    if (curvature > Number.EPSILON * dot(y, y)) pairs.push({ s, y, rho: 1 / curvature });
    if (pairs.length > memory) pairs.shift();
    here = next;
  }
  const gradient = largest(here.gradient);
  return { point: here.point, value: here.value, gradient, iterations, converged: gradient <= tolerance };
}

interface Evaluated {
  point: Float64Array;
  value: number;
  gradient: Float64Array;
}

function evaluate(objective: Objective, point: Float64Array): Evaluated {
  const gradient = new Float64Array(point.length);
  return { point, value: objective(point, gradient), gradient };
}

/** Minus the inverse Hessian, as the pairs know it, times the gradient: the two-loop recursion. */
function descent(gradient: Float64Array, pairs: { s: Float64Array; y: Float64Array; rho: number }[]): Float64Array {
  const q = gradient.map((value) => -value);
  const alpha = new Float64Array(pairs.length);
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y, rho } = pairs[k];
    alpha[k] = rho * dot(s, q);
    addScaled(q, -alpha[k], y);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i] *= scale;
  }
  pairs.forEach(({ s, y, rho }, k) => addScaled(q, alpha[k] - rho * dot(y, q), s));
  return q;
}

/** A point on the ray that fulfils the strong Wolfe conditions, or undefined where rounding leaves none. */
function lineSearch(
  objective: Objective,
  from: Evaluated,
  direction: Float64Array,
  slope: number,
  first: number,
): Evaluated | undefined {
  const at = (step: number) => {
    const found = evaluate(
      objective,
      from.point.map((value, i) => value + step * direction[i]),
    );
    return { ...found, step, slope: dot(found.gradient, direction) };
  };
  // Near the optimum values differ by less than their rounding error; there the slope alone decides.
  const noise = 4 * Number.EPSILON * Math.abs(from.value);
  const decreases = (value: number, step: number) => value <= from.value + 1e-4 * step * slope + noise;

  let low = { ...from, step: 0, slope };
  let high: typeof low | undefined;
  let step = first;
  for (let trial = 0; trial < 40; trial++) {
    const found = at(step);
    const worse = !decreases(found.value, step) || found.value > low.value + noise;
    if (worse || !Number.isFinite(found.value)) high = found;
    else if (Math.abs(found.slope) <= -0.9 * slope) return found;
    else {
      // Where the slope points away from the other end, the minimum lies between here and the last good point.
      if (found.slope * ((high ? high.step : Infinity) - low.step) >= 0) high = low;
      low = found;
    }
    step = high ? between(low, high) : 2 * step;
    if (high && Math.abs(high.step - low.step) <= 1e-16 * Math.max(1, step)) break;
  }
  return low.step > 0 ? low : undefined;
}

/** The minimum of the parabola through both values and the slope at the lower one, kept away from the ends. */
function between(
  low: { step: number; value: number; slope: number },
  high: { step: number; value: number; slope: number },
): number {
  const width = high.step - low.step;
  const guess = (-low.slope * width * width) / (2 * (high.value - low.value - low.slope * width));
  const share = guess / width;
  return low.step + width * (share > 0.1 && share < 0.9 ? share : 0.5);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

function largest(values: Float64Array): number {
  let found = 0;
  for (const value of values) found = Math.max(found, Math.abs(value));
  return found;
}
