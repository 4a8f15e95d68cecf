/**
 * Distribution function of the standard normal, Phi(z), to about 1e-15 relative also far in the lower tail.
 *
 * Inside |z| < 3 by the series of Phi(z) - 1/2, outside by the continued fraction of the Mills ratio.
 *
 * @see NIST Digital Library of Mathematical Functions, 7.6.2 and 7.9.3
 * @example normalCdf(-1.959963984540054); // 0.025
 */
export function normalCdf(z: number): number {
  if (Math.abs(z) === Infinity) return z > 0 ? 1 : 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(z) < 3) {
    let [term, sum] = [z, z];
    for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) sum += term *= (z * z) / n;
    return 0.5 + density * sum;
  }
  let tail = 0;
  for (let n = 100; n > 0; n--) tail = n / (Math.abs(z) + tail);
  const outside = density / (Math.abs(z) + tail);
  return z < 0 ? outside : 1 - outside;
}
