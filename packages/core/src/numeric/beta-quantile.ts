import { checkPositive, checkRule, rules } from '@diptych/formats/errors';

/** ln Gamma(x), x > 0: Stirling's series after shifting x up to 10 and more. */
function logGamma(x: number): number {
  let shift = 0;
  for (; x < 10; x++) shift += Math.log(x);
  const r = 1 / (x * x);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - shift;
}

/** Regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz), x below (a+1)/(a+b+2). */
function fraction(x: number, a: number, b: number): number {
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let h = d;
  for (let m = 1; m < 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      h *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  const scale = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (h * Math.exp(scale)) / a;
}

/**
 * Quantile function of the Beta(a, b) distribution: the x with I_x(a, b) = u, to about 1e-14.
 *
 * @throws DiptychError if a or b is not finite and > 0
 * @see NIST Digital Library of Mathematical Functions, 8.17.22
 * @example
 * betaQuantile(0.25, 0.6, 0.6); // 0.1231…
 */
export function betaQuantile(u: number, a: number, b: number): number {
  checkRule('betaQuantile', 'u', rules.finite, u);
  checkPositive('betaQuantile', { a, b });
  if (u <= 0 || u >= 1) return u <= 0 ? 0 : 1;
  const below = (x: number) => (x < (a + 1) / (a + b + 2) ? fraction(x, a, b) : 1 - fraction(1 - x, b, a));
  // Halving always works; 60 times exhausts a double near 1, and x^a near 0 asks for more.
  let [low, high] = [0, 1];
  for (let i = 0; i < 200 && high - low > 1e-16 * high; i++) {
    const middle = (low + high) / 2;
    if (below(middle) < u) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
