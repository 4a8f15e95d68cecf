/**
 * Convolutions of images [batch, height, width, channels] as products of matrices whose left factor, the pixels under each position of
 * the window, is never written out: the panels of the register tile are packed straight from the image. The right factor comes in panels, which
 * threads share.
 *
 * A `plan` of int32 tells where a position and a tap of the window lead: with p the position of the result along one axis and u the tap,
 * the source is (p * step + offset + u * spacing) / divisor, and zero where that is outside or no whole number. A forward convolution
 * has step = stride, offset = -padding, spacing = dilation, divisor = 1; the gradient of its input has step = 1, offset = padding,
 * spacing = -1, divisor = stride, or is made of convolutions that give every stride-th pixel each: position p of theirs is
 * p * apart + first of the whole result.
 */
import { panel } from './build';
import { loadFirst, storeFirst } from './simd';
import { packRight, packRightOf, packSixPointers } from './pack';
import { Start, edge, leftBytes, rightBytes, tiles } from './matmul';

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
  ApartDown = 64,
  ApartAcross = 68,
  FirstDown = 72,
  FirstAcross = 76,
  WholeHeight = 80,
  WholeWidth = 84,
}

const deep: i32 = 512;
const tall: i32 = 120;
const wide: i32 = 1024;

/** Bytes of what is known of a position: where its image begins, the sources down and across of tap (0, 0). */
const placeBytes: usize = 12;

// @inline
export function get(plan: usize, field: Plan): i32 {
  return load<i32>(plan + field);
}

/** Bytes of zeros that stand for a pixel outside. */
function zeroBytes(channels: i32): usize {
  return ((channels + 11) & ~3) << 2;
}

/** How much of the depth `convolve` takes at once: equal blocks, and one even where the window sees nothing, as between the steps of a stride. */
function blockOf(depth: i32): i32 {
  const blocks = max((depth + deep - 1) / deep, 1);
  return max((depth + blocks - 1) / blocks, 1);
}

/** Bytes of scratch for `convolve`: tile, zeros, pointers, places, pixels, and rows that are still to be put in their places. */
export function convolveScratch(channels: i32, depth: i32, n: i32, scattered: i32): usize {
  const pixels = edge + zeroBytes(channels) + 32 + <usize>tall * placeBytes + leftBytes(tall, blockOf(depth));
  return pixels + (scattered ? (<usize>tall * <usize>n) << 2 : 0);
}

/**
 * The right factor of `convolve`: panels [taps * channels][panel] of the `n` columns of a matrix whose element for tap (u, v), channel c and
 * column j lies at kernel + u * tapDown + v * tapAcross + c * depthStride + j * columnStride (bytes).
 */
export function packKernel(
  n: i32,
  tapsDown: i32,
  tapsAcross: i32,
  channels: i32,
  kernel: usize,
  tapDown: usize,
  tapAcross: usize,
  depthStride: usize,
  columnStride: usize,
  to: usize,
): void {
  const panelStride: usize = tapsDown * tapsAcross * channels * (4 * panel);
  for (let u = 0; u < tapsDown; u++) {
    for (let v = 0; v < tapsAcross; v++) {
      const from = kernel + u * tapDown + v * tapAcross;
      packRightOf(to, panelStride, from, n, channels, columnStride, depthStride);
      to += channels * (4 * panel);
    }
  }
}

/** y = bias + pixels [positions, taps * channels] times the panels of the kernel, for the `count` positions from `first` on. */
export function convolve(
  plan: usize,
  first: i32,
  count: i32,
  n: i32,
  x: usize,
  kernel: usize,
  bias: usize,
  y: usize,
  scratch: usize,
): void {
  const channels = get(plan, Plan.Channels);
  const depth = get(plan, Plan.TapsDown) * get(plan, Plan.TapsAcross) * channels;
  const scattered = get(plan, Plan.ApartDown) != 1 || get(plan, Plan.ApartAcross) != 1;
  const zeros = scratch + edge;
  const pointers = zeros + zeroBytes(channels);
  const places = pointers + 32;
  const left = places + tall * placeBytes;
  const rowBytes: usize = n << 2;
  memory.fill(zeros, 0, zeroBytes(channels));
  const block = blockOf(depth);
  const step: usize = depth * (4 * panel);
  const end = first + count;
  for (let row = first; row < end; row += tall) {
    const rows = min(tall, end - row);
    findPlaces(plan, places, x, row, rows);
    const to = scattered ? left + leftBytes(tall, block) : y + row * rowBytes;
    for (let from = 0; from == 0 || from < depth; from += block) {
      const deepHere = min(block, depth - from);
      const start = from > 0 ? Start.Output : bias ? Start.Bias : Start.Zero;
      packPixels(plan, left, zeros, pointers, places, rows, from, deepHere);
      for (let column = 0; column < n; column += wide) {
        const columns = min(wide, n - column);
        const right = kernel + (column / panel) * step + from * (4 * panel);
        const at: usize = column << 2;
        tiles(rows, columns, deepHere, left, deepHere * 24, right, step, to + at, rowBytes, bias + at, start, scratch);
      }
    }
    if (scattered) scatter(plan, to, rowBytes, row, rows, y);
  }
}

/** Rows of the result into their places in the whole image. */
function scatter(plan: usize, from: usize, bytes: usize, row: i32, rows: i32, y: usize): void {
  const outWidth = get(plan, Plan.OutWidth);
  const outHeight = get(plan, Plan.OutHeight);
  for (let i = 0; i < rows; i++, from += bytes) {
    const position = row + i;
    const line = position / outWidth;
    const image = line / outHeight;
    const down = (line - image * outHeight) * get(plan, Plan.ApartDown) + get(plan, Plan.FirstDown);
    const across = (position - line * outWidth) * get(plan, Plan.ApartAcross) + get(plan, Plan.FirstAcross);
    const place = (image * get(plan, Plan.WholeHeight) + down) * get(plan, Plan.WholeWidth) + across;
    memory.copy(y + place * bytes, from, bytes);
  }
}

/** Bytes of scratch for `convolveFilter`: tile, zeros, pointers, pixels. */
export function convolveFilterScratch(channels: i32): usize {
  return edge + zeroBytes(channels) + <usize>deep * (4 + placeBytes) + leftBytes(min(channels, tall), deep);
}

/** The right factor of `convolveFilter`: panels of dy [positions, n], block by block of positions. */
export function packSlopes(plan: usize, n: i32, from: i32, dy: usize, to: usize): void {
  const positions = get(plan, Plan.Batch) * get(plan, Plan.OutHeight) * get(plan, Plan.OutWidth);
  const count = min(deep, positions - from);
  packRight(to + from * ((n + panel - 1) / panel) * (4 * panel), dy + from * n * 4, n, count, 4, n << 2);
}

/** Blocks of positions in the panels of dy. */
export function slopeBlock(): i32 {
  return deep;
}

/**
 * dKernel [taps * channels, n] = the transposed pixels times the panels of dy, for the `rows` channels from `channel` on of one tap. The plan is
 * that of the forward convolution.
 */
export function convolveFilter(
  plan: usize,
  tap: i32,
  channel: i32,
  rows: i32,
  n: i32,
  x: usize,
  dy: usize,
  dKernel: usize,
  scratch: usize,
): void {
  const channels = get(plan, Plan.Channels);
  const positions = get(plan, Plan.Batch) * get(plan, Plan.OutHeight) * get(plan, Plan.OutWidth);
  const zeros = scratch + edge;
  const pointers = zeros + zeroBytes(channels);
  const places = pointers + deep * 4;
  const left = places + deep * placeBytes;
  const panels = (n + panel - 1) / panel;
  const tapDown = tap / get(plan, Plan.TapsAcross);
  const tapAcross = tap % get(plan, Plan.TapsAcross);
  const to = dKernel + (tap * channels + channel) * n * 4;
  memory.fill(zeros, 0, zeroBytes(channels));
  if (positions == 0) memory.fill(to, 0, (rows * n) << 2);
  for (let from = 0; from < positions; from += deep) {
    const count = min(deep, positions - from);
    const start = from == 0 ? Start.Zero : Start.Output;
    findPlaces(plan, places, x, from, count);
    for (let i = 0; i < count; i++) {
      store<usize>(pointers + i * 4, pixelOf(plan, places + i * placeBytes, zeros, tapDown, tapAcross));
    }
    const block = dy + from * panels * (4 * panel);
    for (let row = 0; row < rows; row += tall) {
      const height = min(tall, rows - row);
      packChannels(left, pointers, channel + row, height, count);
      const at = to + row * n * 4;
      tiles(height, n, count, left, count * 24, block, count * (4 * panel), at, n << 2, 0, start, scratch);
    }
  }
}

/** What `pixelOf` needs to know of the positions `first` to first + count. */
function findPlaces(plan: usize, places: usize, x: usize, first: i32, count: i32): void {
  const outWidth = get(plan, Plan.OutWidth);
  const outHeight = get(plan, Plan.OutHeight);
  const image: usize = (get(plan, Plan.Height) * get(plan, Plan.Width) * get(plan, Plan.Channels)) << 2;
  const end = places + count * placeBytes;
  let across = first % outWidth;
  let down = (first / outWidth) % outHeight;
  let base = x + (first / outWidth / outHeight) * image;
  for (; places < end; places += placeBytes) {
    store<usize>(places, base);
    store<i32>(places, down * get(plan, Plan.StepDown) + get(plan, Plan.OffsetDown), 4);
    store<i32>(places, across * get(plan, Plan.StepAcross) + get(plan, Plan.OffsetAcross), 8);
    if (++across == outWidth) {
      across = 0;
      if (++down == outHeight) {
        down = 0;
        base += image;
      }
    }
  }
}

/** Where the channels of the pixel lie that the position of a place sees under a tap. */
// @inline
function pixelOf(plan: usize, place: usize, zeros: usize, tapDown: i32, tapAcross: i32): usize {
  const divisorDown = get(plan, Plan.DivisorDown);
  const divisorAcross = get(plan, Plan.DivisorAcross);
  const down = source(load<i32>(place, 4) + get(plan, Plan.SpacingDown) * tapDown, divisorDown, get(plan, Plan.Height));
  const width = get(plan, Plan.Width);
  const across = source(load<i32>(place, 8) + get(plan, Plan.SpacingAcross) * tapAcross, divisorAcross, width);
  if (down < 0 || across < 0) return zeros;
  return load<usize>(place) + (((down * width + across) * get(plan, Plan.Channels)) << 2);
}

/** As `pixelOf`, from the number of a position and a tap. */
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

/** The pixels of `rows` places as sixes, depth from `from` on. */
function packPixels(
  plan: usize,
  to: usize,
  zeros: usize,
  pointers: usize,
  places: usize,
  rows: i32,
  from: i32,
  count: i32,
): void {
  const channels = get(plan, Plan.Channels);
  const tapsAcross = get(plan, Plan.TapsAcross);
  for (let k = from; k < from + count;) {
    const tap = k / channels;
    const channel = k - tap * channels;
    const run = min(channels - channel, from + count - k);
    const tapDown = tap / tapsAcross;
    const tapAcross = tap - tapDown * tapsAcross;
    let at = to;
    for (let i = 0; i < rows; i += 6, at += count * 24) {
      for (let j = 0; j < 6; j++) {
        const pixel = i + j < rows ? pixelOf(plan, places + (i + j) * placeBytes, zeros, tapDown, tapAcross) : zeros;
        store<usize>(pointers + j * 4, pixel == zeros ? zeros : pixel + (channel << 2));
      }
      packSixPointers(at, pointers, run);
    }
    to += run * 24;
    k += run;
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
