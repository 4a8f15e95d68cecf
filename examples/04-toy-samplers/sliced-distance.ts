/** Sliced Wasserstein distance of two sets of as many points: the mean over directions of the mean gap of the sorted projections. */
export function slicedDistance(a: ArrayLike<number>, b: ArrayLike<number>, directions = 64): number {
  const n = a.length / 2;
  let sum = 0;
  for (let k = 0; k < directions; k++) {
    const [x, y] = [Math.cos((Math.PI * k) / directions), Math.sin((Math.PI * k) / directions)];
    const sorted = (of: ArrayLike<number>) =>
      Float64Array.from({ length: n }, (_, i) => x * of[2 * i]! + y * of[2 * i + 1]!).sort();
    const [p, q] = [sorted(a), sorted(b)];
    for (let i = 0; i < n; i++) sum += Math.abs(p[i]! - q[i]!);
  }
  return sum / (n * directions);
}
