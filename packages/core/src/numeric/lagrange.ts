import { checkNumbers, checkOptions, checkRule, rules } from '@diptych/formats/errors';

/**
 * Integrals of the Lagrange polynomials through `points`, l_j = 1 at points[j] and 0 at the others, with an exponential weight:
 *
 *     c_j = integral from `from` to `to` of e^(rate s) l_j(s) ds
 *
 * The weights of the past values in a linear multistep method (Adams and Bashforth, rate 0) and in an exponential one, with any
 * step sizes. Exact but for rounding. With rate > 0 `from` and `to` may be -Infinity.
 *
 * @see Hairer, Norsett and Wanner 1993, "Solving ordinary differential equations I", section III.5
 * @example
 * lagrangeIntegrals([2, 3], 2, 1); // [-1.5, 0.5]
 */
export function lagrangeIntegrals(
  points: readonly number[],
  from: number,
  to: number,
  options: { rate?: number } = {},
): number[] {
  const { rate = 0 } = checkOptions<{ rate?: number }>('lagrangeIntegrals', options, { rate: rules.finite });
  checkNumbers('lagrangeIntegrals', { points });
  checkRule('lagrangeIntegrals', 'from', rules.number, from);
  checkRule('lagrangeIntegrals', 'to', rules.number, to);
  // Coefficients in s - origin, lowest power first, with the origin among the points: far from 0 powers of s would cancel.
  const [origin] = points;
  return points.map((own, j) => {
    let polynomial = [1];
    points.forEach((other, k) => {
      if (k === j) return;
      const [shift, scale] = [other - origin, 1 / (own - other)];
      polynomial = [0, ...polynomial].map((c, i) => (c - shift * (polynomial[i] ?? 0)) * scale);
    });
    const antiderivative = (s: number) =>
      rate === 0 ? horner(integral(polynomial), s - origin) : weighted(polynomial, s - origin, rate);
    const scale = rate === 0 ? 1 : Math.exp(rate * origin);
    return scale * (antiderivative(to) - antiderivative(from));
  });
}

const horner = (polynomial: readonly number[], s: number) => polynomial.reduceRight((value, c) => value * s + c, 0);
const integral = (polynomial: readonly number[]) => [0, ...polynomial.map((c, i) => c / (i + 1))];

/** The antiderivative of e^(rate s) P(s): e^(rate s) (P/rate - P'/rate^2 + P''/rate^3 - ...). */
function weighted(polynomial: readonly number[], s: number, rate: number): number {
  if (rate * s === -Infinity) return 0;
  let [sum, factor, derivative] = [0, 1 / rate, polynomial];
  while (derivative.length > 0) {
    sum += factor * horner(derivative, s);
    derivative = derivative.slice(1).map((c, i) => c * (i + 1));
    factor /= -rate;
  }
  return Math.exp(rate * s) * sum;
}
