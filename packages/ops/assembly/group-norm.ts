/**
 * Group norm of images [batch, places, channels], channels in `groups` equal groups: z = (x - mean) rstd with mean and variance of each
 * image and group, y = z gamma + beta. All sums run down the channels first, four at a time, and are then added up by group.
 */
import { fma, loadFirst, storeFirst } from './simd';

/** Bytes of scratch for both functions: six numbers for every channel. */
export function groupNormScratch(channels: i32): usize {
  return (((channels + 3) & ~3) * 6) << 2;
}

/** Writes y, and mean and rstd [batch, groups]. gamma and beta are [channels]. */
export function groupNorm(
  batch: i32,
  places: i32,
  channels: i32,
  groups: i32,
  epsilon: f32,
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  rstd: usize,
  scratch: usize,
): void {
  const row = channels << 2;
  const line: usize = ((channels + 3) & ~3) << 2;
  const sums = scratch;
  const levels = sums + line;
  const scales = levels + line;
  const shifts = scales + line;
  const size = channels / groups;
  const count = <f32>(size * places);
  for (
    let image = 0;
    image < batch;
    image++, x += places * row, y += places * row, mean += groups << 2, rstd += groups << 2
  ) {
    memory.fill(sums, 0, line);
    for (let p = 0, from = x; p < places; p++, from += row) addRow(sums, from, channels);
    for (let group = 0; group < groups; group++) {
      const level = sumOf(sums, group * size, size) / count;
      store<f32>(mean + (group << 2), level);
      spread(levels, group * size, size, level);
    }
    memory.fill(sums, 0, line);
    for (let p = 0, from = x; p < places; p++, from += row) addSquares(sums, from, levels, channels);
    for (let group = 0; group < groups; group++) {
      const scale = <f32>1 / sqrt<f32>(sumOf(sums, group * size, size) / count + epsilon);
      store<f32>(rstd + (group << 2), scale);
      for (let c = group * size; c < (group + 1) * size; c++) {
        const weight = load<f32>(gamma + (c << 2)) * scale;
        store<f32>(scales + (c << 2), weight);
        store<f32>(shifts + (c << 2), load<f32>(beta + (c << 2)));
      }
    }
    // (x - mean) first: x scale - mean scale would cancel.
    for (let p = 0, at = 0; p < places; p++, at += row) {
      let c = 0;
      for (; c + 8 <= channels; c += 8) {
        const offset = c << 2;
        const centred = f32x4.sub(v128.load(x + at + offset), v128.load(levels + offset));
        const centredB = f32x4.sub(v128.load(x + at + offset, 16), v128.load(levels + offset, 16));
        const first = fma(centred, v128.load(scales + offset), v128.load(shifts + offset));
        const firstB = fma(centredB, v128.load(scales + offset, 16), v128.load(shifts + offset, 16));
        v128.store(y + at + offset, first);
        v128.store(y + at + offset, firstB, 16);
      }
      for (; c < channels; c += 4) {
        const left = channels - c;
        const offset = c << 2;
        const centred = f32x4.sub(loadFirst(x + at + offset, left), v128.load(levels + offset));
        storeFirst(y + at + offset, fma(centred, v128.load(scales + offset), v128.load(shifts + offset)), left);
      }
    }
  }
}

/**
 * With dz = dy gamma: dx = rstd (dz - mean(dz) - z mean(dz z)), means over image and group; dgamma = sum dy z and dbeta = sum dy over
 * images and places.
 */
export function groupNormGrad(
  batch: i32,
  places: i32,
  channels: i32,
  groups: i32,
  dy: usize,
  x: usize,
  gamma: usize,
  mean: usize,
  rstd: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  scratch: usize,
): void {
  const row = channels << 2;
  const line: usize = ((channels + 3) & ~3) << 2;
  const sums = scratch;
  const products = sums + line;
  const levels = products + line;
  const ofSlope = levels + line;
  const ofCentred = ofSlope + line;
  const constants = ofCentred + line;
  const size = channels / groups;
  const count = <f32>(size * places);
  memory.fill(dgamma, 0, row);
  memory.fill(dbeta, 0, row);
  for (let image = 0; image < batch; image++) {
    for (let group = 0; group < groups; group++) spread(levels, group * size, size, load<f32>(mean + (group << 2)));
    memory.fill(sums, 0, line);
    memory.fill(products, 0, line);
    for (let p = 0, at = 0; p < places; p++, at += row) {
      let c = 0;
      for (; c + 8 <= channels; c += 8) {
        const offset = c << 2;
        const slope = v128.load(dy + at + offset);
        const slopeB = v128.load(dy + at + offset, 16);
        const centred = f32x4.sub(v128.load(x + at + offset), v128.load(levels + offset));
        const centredB = f32x4.sub(v128.load(x + at + offset, 16), v128.load(levels + offset, 16));
        const first = f32x4.add(v128.load(sums + offset), slope);
        const firstB = f32x4.add(v128.load(sums + offset, 16), slopeB);
        const second = fma(slope, centred, v128.load(products + offset));
        const secondB = fma(slopeB, centredB, v128.load(products + offset, 16));
        v128.store(sums + offset, first);
        v128.store(sums + offset, firstB, 16);
        v128.store(products + offset, second);
        v128.store(products + offset, secondB, 16);
      }
      for (; c < channels; c += 4) {
        const left = channels - c;
        const offset = c << 2;
        const slope = loadFirst(dy + at + offset, left);
        const centred = f32x4.sub(loadFirst(x + at + offset, left), v128.load(levels + offset));
        v128.store(sums + offset, f32x4.add(v128.load(sums + offset), slope));
        v128.store(products + offset, fma(slope, centred, v128.load(products + offset)));
      }
    }
    for (let group = 0; group < groups; group++) {
      const scale = load<f32>(rstd + (group << 2));
      let level: f32 = 0;
      let tilt: f32 = 0;
      for (let c = group * size; c < (group + 1) * size; c++) {
        const offset = c << 2;
        const weight = load<f32>(gamma + offset);
        const sum = load<f32>(sums + offset);
        const product = load<f32>(products + offset) * scale;
        level += weight * sum;
        tilt += weight * product;
        store<f32>(dbeta + offset, load<f32>(dbeta + offset) + sum);
        store<f32>(dgamma + offset, load<f32>(dgamma + offset) + product);
        store<f32>(ofSlope + offset, weight * scale);
      }
      spread(constants, group * size, size, (-scale * level) / count);
      spread(ofCentred, group * size, size, (-scale * scale * tilt) / count);
    }
    for (let p = 0, at = 0; p < places; p++, at += row) {
      let c = 0;
      for (; c + 8 <= channels; c += 8) {
        const offset = c << 2;
        const centred = f32x4.sub(v128.load(x + at + offset), v128.load(levels + offset));
        const centredB = f32x4.sub(v128.load(x + at + offset, 16), v128.load(levels + offset, 16));
        const rest = fma(centred, v128.load(ofCentred + offset), v128.load(constants + offset));
        const restB = fma(centredB, v128.load(ofCentred + offset, 16), v128.load(constants + offset, 16));
        const first = fma(v128.load(dy + at + offset), v128.load(ofSlope + offset), rest);
        const firstB = fma(v128.load(dy + at + offset, 16), v128.load(ofSlope + offset, 16), restB);
        v128.store(dx + at + offset, first);
        v128.store(dx + at + offset, firstB, 16);
      }
      for (; c < channels; c += 4) {
        const left = channels - c;
        const offset = c << 2;
        const centred = f32x4.sub(loadFirst(x + at + offset, left), v128.load(levels + offset));
        const rest = fma(centred, v128.load(ofCentred + offset), v128.load(constants + offset));
        storeFirst(dx + at + offset, fma(loadFirst(dy + at + offset, left), v128.load(ofSlope + offset), rest), left);
      }
    }
    x += places * row;
    dy += places * row;
    dx += places * row;
    mean += groups << 2;
    rstd += groups << 2;
  }
}

function addRow(sums: usize, from: usize, channels: i32): void {
  for (; channels >= 8; channels -= 8, sums += 32, from += 32) {
    const a = f32x4.add(v128.load(sums), v128.load(from));
    const b = f32x4.add(v128.load(sums, 16), v128.load(from, 16));
    v128.store(sums, a);
    v128.store(sums, b, 16);
  }
  for (; channels > 0; channels -= 4, sums += 16, from += 16) {
    v128.store(sums, f32x4.add(v128.load(sums), loadFirst(from, channels)));
  }
}

function addSquares(sums: usize, from: usize, levels: usize, channels: i32): void {
  for (; channels >= 8; channels -= 8, sums += 32, from += 32, levels += 32) {
    const a = f32x4.sub(v128.load(from), v128.load(levels));
    const b = f32x4.sub(v128.load(from, 16), v128.load(levels, 16));
    const c = fma(a, a, v128.load(sums));
    const d = fma(b, b, v128.load(sums, 16));
    v128.store(sums, c);
    v128.store(sums, d, 16);
  }
  for (; channels > 0; channels -= 4, sums += 16, from += 16, levels += 16) {
    const centred = f32x4.sub(loadFirst(from, channels), v128.load(levels));
    v128.store(sums, fma(centred, centred, v128.load(sums)));
  }
}

function sumOf(numbers: usize, first: i32, count: i32): f32 {
  let sum: f32 = 0;
  for (let i = first; i < first + count; i++) sum += load<f32>(numbers + (i << 2));
  return sum;
}

function spread(to: usize, first: i32, count: i32, value: f32): void {
  for (let i = first; i < first + count; i++) store<f32>(to + (i << 2), value);
}
