/**
 * The depthwise convolution and its gradients: y[p, c * multiplier + i] = sum over taps t of x[source(p, t), c] kernel[t, c, i], with the plan of
 * convolution.ts for the forward direction. All go over the pairs of a position and a tap once.
 */
import { fma, loadFirst, storeFirst } from './simd';
import { Plan, get, pixel } from './convolution';

/** y[p] += x[source] kernel[t] for `count` positions from `first` on; starts from zero. */
export function depthwise(
  plan: usize,
  first: i32,
  count: i32,
  multiplier: i32,
  x: usize,
  kernel: usize,
  y: usize,
): void {
  const n = get(plan, Plan.Channels) * multiplier;
  const taps = get(plan, Plan.TapsDown) * get(plan, Plan.TapsAcross);
  y += (first * n) << 2;
  memory.fill(y, 0, (count * n) << 2);
  for (let position = first; position < first + count; position++, y += n << 2) {
    for (let tap = 0; tap < taps; tap++) {
      const from = pixel(plan, x, 0, position, tap);
      if (from) accumulate(get(plan, Plan.Channels), multiplier, y, from, kernel + ((tap * n) << 2));
    }
  }
}

/** dKernel [taps, channels, multiplier] += x[source] dy[p] for `count` taps from `first` on; starts from zero. */
export function depthwiseFilter(
  plan: usize,
  first: i32,
  count: i32,
  multiplier: i32,
  x: usize,
  dy: usize,
  dKernel: usize,
): void {
  const channels = get(plan, Plan.Channels);
  const n = channels * multiplier;
  const positions = get(plan, Plan.Batch) * get(plan, Plan.OutHeight) * get(plan, Plan.OutWidth);
  memory.fill(dKernel + ((first * n) << 2), 0, (count * n) << 2);
  for (let tap = first; tap < first + count; tap++) {
    const to = dKernel + ((tap * n) << 2);
    for (let position = 0; position < positions; position++) {
      const from = pixel(plan, x, 0, position, tap);
      if (from) accumulate(channels, multiplier, to, from, dy + ((position * n) << 2));
    }
  }
}

/** dx[source] += sum over i of dy[p, c, i] kernel[t, c, i] for `count` images from `first` on; starts from zero. */
export function depthwiseInput(
  plan: usize,
  first: i32,
  count: i32,
  multiplier: i32,
  dy: usize,
  kernel: usize,
  dx: usize,
): void {
  const channels = get(plan, Plan.Channels);
  const n = channels * multiplier;
  const taps = get(plan, Plan.TapsDown) * get(plan, Plan.TapsAcross);
  const positions = get(plan, Plan.OutHeight) * get(plan, Plan.OutWidth);
  const image = (get(plan, Plan.Height) * get(plan, Plan.Width) * channels) << 2;
  memory.fill(dx + first * image, 0, count * image);
  for (let tap = 0; tap < taps; tap++) {
    const weights = kernel + ((tap * n) << 2);
    for (let position = first * positions; position < (first + count) * positions; position++) {
      const to = pixel(plan, dx, 0, position, tap);
      if (!to) continue;
      const slope = dy + ((position * n) << 2);
      if (multiplier == 1) accumulate(channels, 1, to, weights, slope);
      else {
        for (let c = 0; c < channels; c++) {
          let sum = load<f32>(to + (c << 2));
          for (let i = c * multiplier; i < (c + 1) * multiplier; i++) {
            sum += load<f32>(slope + (i << 2)) * load<f32>(weights + (i << 2));
          }
          store<f32>(to + (c << 2), sum);
        }
      }
    }
  }
}

/** to [channels, multiplier] += a [channels, 1] b [channels, multiplier]. */
function accumulate(channels: i32, multiplier: i32, to: usize, a: usize, b: usize): void {
  if (multiplier == 1) {
    for (; channels > 0; channels -= 4, to += 16, a += 16, b += 16) {
      storeFirst(to, fma(loadFirst(a, channels), loadFirst(b, channels), loadFirst(to, channels)), channels);
    }
    return;
  }
  for (; channels > 0; channels--, a += 4) {
    const factor = load<f32>(a);
    for (let i = 0; i < multiplier; i++, to += 4, b += 4) store<f32>(to, load<f32>(to) + factor * load<f32>(b));
  }
}
