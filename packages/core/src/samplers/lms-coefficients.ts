/**
 * Integrals, from times[0] to `to`, of the Lagrange polynomials through `times`: the weights of past derivatives in a linear
 * multistep method (Adams and Bashforth, with any step sizes). Exact.
 *
 * @see Hairer, Norsett and Wanner, "Solving ordinary differential equations I", section III.5
 * @example lmsCoefficients([2, 3], 1); // [-1.5, 0.5]
 */
export function lmsCoefficients(times: readonly number[], to: number): number[] {
  return times.map((own, j) => {
    // The polynomial's coefficients in s = t - times[0], lowest power first.
    let polynomial = [1];
    times.forEach((other, k) => {
      if (k === j) return;
      const [shift, scale] = [other - times[0]!, 1 / (own - other)];
      const raised = [0, ...polynomial];
      polynomial = raised.map((c, i) => (c - shift * (polynomial[i] ?? 0)) * scale);
    });
    const length = to - times[0]!;
    return polynomial.reduceRight((sum, c, i) => (sum + c / (i + 1)) * length, 0);
  });
}
