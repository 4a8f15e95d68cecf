/**
 * Convolutions of images [batch, height, width, channels] as products of matrices whose left factor, the pixels under each position of
 * the window, is never written out: the panels of the register tile are packed straight from the image.
 *
 * A `plan` of int32 tells where a position and a tap of the window lead: with p the position of the result along one axis and u the tap,
 * the source is (p * step + offset + u * spacing) / divisor, and zero where that is outside or no whole number. A forward convolution
 * has step = stride, offset = -padding, spacing = dilation, divisor = 1; the gradient of its input has step = 1, offset = padding,
 * spacing = -1, divisor = stride.
 */
import { loadFirst, storeFirst } from './simd';
import { packEights, packSixPointers } from './pack';
import { Start, tiles } from './matmul';

/** Places in the plan. */
export const enum Plan {
  Batch = 0,
  Height = 4,
  Width = 8,
  Channels = 12,
  OutHeight = 16,
  OutWidth = 20,
  TapsDown = 24,
  TapsAcross = 28,
  StepDown = 32,
  StepAcross = 36,
  OffsetDown = 40,
  OffsetAcross = 44,
  SpacingDown = 48,
  SpacingAcross = 52,
  DivisorDown = 56,
  DivisorAcross = 60,
}

const deep: i32 = 512;
const tall: i32 = 120;
const wide: i32 = 1024;

// @inline
export function get(plan: usize, field: Plan): i32 {
  return load<i32>(plan + field);
}

/** Bytes of scratch for both functions: tile, zeros, pointers, and the two blocks. */
export function convolutionScratch(channels: i32, n: i32): usize {
  return (56 + ((channels + 11) & ~3) + deep + (tall + 6) * deep + (min(n, wide) + 8) * deep) << 2;
}

/**
 * y [positions, n] = bias + pixels [positions, taps * channels] times a matrix whose element for tap t, channel c and column j lies at
 * kernel + t * tapStride + c * depthStride + j * columnStride (bytes).
 */
export function convolve(
  plan: usize,
  n: i32,
  x: usize,
  kernel: usize,
  tapStride: isize,
  depthStride: usize,
  columnStride: usize,
  bias: usize,
  y: usize,
  scratch: usize,
): void {
  const channels = get(plan, Plan.Channels);
  const taps = get(plan, Plan.TapsDown) * get(plan, Plan.TapsAcross);
  const positions = get(plan, Plan.Batch) * get(plan, Plan.OutHeight) * get(plan, Plan.OutWidth);
  const zeros = scratch + 224;
  const pointers = zeros + (((channels + 11) & ~3) << 2);
  const left = pointers + deep * 4;
  const right = left + (tall + 6) * deep * 4;
  memory.fill(zeros, 0, (channels + 8) << 2);
  const depth = taps * channels;
  const blocks = max((depth + deep - 1) / deep, 1);
  const block = (depth + blocks - 1) / blocks;
  for (let column = 0; column < n; column += wide) {
    const columns = min(wide, n - column);
    for (let from = 0; from == 0 || from < depth; from += block) {
      const count = min(block, depth - from);
      packKernel(
        right,
        kernel + column * columnStride,
        columns,
        from,
        count,
        channels,
        tapStride,
        depthStride,
        columnStride,
      );
      const start = from > 0 ? Start.Output : bias ? Start.Bias : Start.Zero;
      for (let row = 0; row < positions; row += tall) {
        const rows = min(tall, positions - row);
        packPixels(plan, left, x, zeros, pointers, row, rows, from, count);
        tiles(
          rows,
          columns,
          count,
          left,
          right,
          y + (row * n + column) * 4,
          n << 2,
          bias + (column << 2),
          start,
          scratch,
        );
      }
    }
  }
}

/** dKernel [taps * channels, n] = the transposed pixels times dy [positions, n]. The plan is that of the forward convolution. */
export function convolveFilter(plan: usize, n: i32, x: usize, dy: usize, dKernel: usize, scratch: usize): void {
  const channels = get(plan, Plan.Channels);
  const taps = get(plan, Plan.TapsDown) * get(plan, Plan.TapsAcross);
  const positions = get(plan, Plan.Batch) * get(plan, Plan.OutHeight) * get(plan, Plan.OutWidth);
  const zeros = scratch + 224;
  const pointers = zeros + (((channels + 11) & ~3) << 2);
  const left = pointers + deep * 4;
  const right = left + (tall + 6) * deep * 4;
  memory.fill(zeros, 0, (channels + 8) << 2);
  if (positions == 0) memory.fill(dKernel, 0, (taps * channels * n) << 2);
  for (let column = 0; column < n; column += wide) {
    const columns = min(wide, n - column);
    for (let from = 0; from < positions; from += deep) {
      const count = min(deep, positions - from);
      const start = from == 0 ? Start.Zero : Start.Output;
      packEights(right, dy + (from * n + column) * 4, columns, count, 4, n << 2);
      for (let tap = 0; tap < taps; tap++) {
        for (let i = 0; i < count; i++) store<usize>(pointers + i * 4, pixel(plan, x, zeros, from + i, tap));
        for (let channel = 0; channel < channels; channel += tall) {
          const rows = min(tall, channels - channel);
          packChannels(left, pointers, channel, rows, count);
          const to = dKernel + ((tap * channels + channel) * n + column) * 4;
          tiles(rows, columns, count, left, right, to, n << 2, 0, start, scratch);
        }
      }
    }
  }
}

/** Where the channels of the pixel lie that a position of the result sees under a tap. */
export function pixel(plan: usize, x: usize, zeros: usize, position: i32, tap: i32): usize {
  const outWidth = get(plan, Plan.OutWidth);
  const outHeight = get(plan, Plan.OutHeight);
  const tapsAcross = get(plan, Plan.TapsAcross);
  const line = position / outWidth;
  const image = line / outHeight;
  const down = source(
    (line - image * outHeight) * get(plan, Plan.StepDown) +
      get(plan, Plan.OffsetDown) +
      get(plan, Plan.SpacingDown) * (tap / tapsAcross),
    get(plan, Plan.DivisorDown),
    get(plan, Plan.Height),
  );
  const across = source(
    (position - line * outWidth) * get(plan, Plan.StepAcross) +
      get(plan, Plan.OffsetAcross) +
      get(plan, Plan.SpacingAcross) * (tap % tapsAcross),
    get(plan, Plan.DivisorAcross),
    get(plan, Plan.Width),
  );
  if (down < 0 || across < 0) return zeros;
  return (
    x + ((((image * get(plan, Plan.Height) + down) * get(plan, Plan.Width) + across) * get(plan, Plan.Channels)) << 2)
  );
}

// @inline
export function source(place: i32, divisor: i32, size: i32): i32 {
  if (place < 0) return -1;
  if (divisor > 1) {
    if (place % divisor != 0) return -1;
    place /= divisor;
  }
  return place < size ? place : -1;
}

/** The kernel as eights of columns, depth from `from` on. */
function packKernel(
  to: usize,
  kernel: usize,
  columns: i32,
  from: i32,
  count: i32,
  channels: i32,
  tapStride: isize,
  depthStride: usize,
  columnStride: usize,
): void {
  for (let column = 0; column < columns; column += 8) {
    const width = min(8, columns - column);
    for (let k = from; k < from + count;) {
      const tap = k / channels;
      const channel = k - tap * channels;
      const run = min(channels - channel, from + count - k);
      const at = kernel + tap * tapStride + channel * depthStride + column * columnStride;
      packEights(to, at, width, run, columnStride, depthStride);
      to += run * 32;
      k += run;
    }
  }
}

/** The pixels of `rows` positions as sixes, depth from `from` on. */
function packPixels(
  plan: usize,
  to: usize,
  x: usize,
  zeros: usize,
  pointers: usize,
  row: i32,
  rows: i32,
  from: i32,
  count: i32,
): void {
  const channels = get(plan, Plan.Channels);
  for (let i = 0; i < rows; i += 6) {
    for (let k = from; k < from + count;) {
      const tap = k / channels;
      const channel = k - tap * channels;
      const run = min(channels - channel, from + count - k);
      for (let j = 0; j < 6; j++) {
        const at = i + j < rows ? pixel(plan, x, zeros, row + i + j, tap) : zeros;
        store<usize>(pointers + j * 4, at + (at == zeros ? 0 : channel << 2));
      }
      packSixPointers(to, pointers, run);
      to += run * 24;
      k += run;
    }
  }
}

/** `rows` channels from `channel` on as sixes, one pixel after the other. */
function packChannels(to: usize, pointers: usize, channel: i32, rows: i32, count: i32): void {
  const end = pointers + count * 4;
  for (let i = 0; i < rows; i += 6) {
    const offset = (channel + i) << 2;
    const width = rows - i;
    if (width >= 6) {
      for (let at = pointers; at < end; at += 4, to += 24) {
        const from = pixelAt(at, offset);
        v128.store(to, v128.load(from));
        store<u64>(to, load<u64>(from, 16), 16);
      }
    } else {
      for (let at = pointers; at < end; at += 4, to += 24) {
        const from = pixelAt(at, offset);
        storeFirst(to, loadFirst(from, width), 4);
        const rest = width > 4 ? loadFirst(from + 16, width - 4) : f32x4.splat(0);
        v128.store64_lane(to, rest, 0, 16);
      }
    }
  }
}

// @inline
function pixelAt(pointer: usize, offset: usize): usize {
  return load<usize>(pointer) + offset;
}
