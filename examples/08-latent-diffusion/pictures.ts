import type { Batch } from '@diptych/core';
import { bytesToSigned, contactSheet, encodePng } from '@diptych/data';
import { saveBytes } from '@diptych/data/node';
import * as tf from '@tensorflow/tfjs-core';

/** Images as the autoencoder takes them, from -1 to 1. */
export const imageTensor = ({ x, shape }: Pick<Batch, 'x' | 'shape'>): tf.Tensor4D =>
  tf.tensor4d(x instanceof Uint8Array ? bytesToSigned(x) : x, [...shape]);

/** Images on the host, cut to -1 to 1. Disposes the tensor. */
export async function pixels(images: tf.Tensor4D): Promise<Batch> {
  const x = ((await images.data()) as Float32Array).map((v) => Math.min(1, Math.max(-1, v)));
  images.dispose();
  return { x, shape: images.shape };
}

/** Writes the first rows of eight images as one picture. */
export function writeSheet(path: string, { x, shape }: Batch, rows: number): Promise<void> {
  const [batch, height, width, channels] = shape;
  const first = Math.min(8 * rows, batch);
  const shown = { x: x.slice(0, first * height * width * channels), shape: [first, height, width, channels] as const };
  return saveBytes(path, encodePng(contactSheet(shown, { columns: 8 })));
}
