import * as tf from '@tensorflow/tfjs-core';

/** One of the network's convolutions with batch norm and rectifier, by its name. */
export type Convolve = (name: string, x: tf.Tensor4D) => tf.Tensor4D;

/** A block of the network by its name and what it gives; the last one wanted ends the walk. */
export type Visit = (name: string, output: tf.Tensor4D) => void;

type Block = (x: tf.Tensor4D) => tf.Tensor4D;

/** The average over the pixels that are there: padding does not count, unlike in torchvision's network. */
const averagePool: Block = (x) => tf.avgPool(x, 3, 1, 'same');
const maxPool: Block = (x) => tf.maxPool(x, 3, 1, 'same');
const halve: Block = (x) => tf.maxPool(x, 3, 2, 'valid');
const join = (parts: tf.Tensor4D[]) => tf.concat4d(parts, 3);

/**
 * The blocks of FID's Inception in their order, [B, 299, 299, 3] to [B, 8, 8, 2048]. It is TensorFlow's network of 2015-12-05:
 * the
 * averages of the pooling branches leave out the padding, and the last block pools by maximum.
 *
 * @see Szegedy et al. 2016, Rethinking the Inception architecture for computer vision, table 1, arXiv:1512.00567
 */
export function inceptionBlocks(convolve: Convolve): readonly (readonly [name: string, block: Block])[] {
  /** Convolutions of one branch, one after the other. */
  const chain = (x: tf.Tensor4D, ...names: string[]) => names.reduce((y, name) => convolve(name, y), x);
  const steps = (branch: string, count: number) => Array.from({ length: count }, (_, i) => `${branch}_${i + 1}`);

  const single = (name: string) => [name, (x: tf.Tensor4D) => convolve(name, x)] as const;
  const a = (name: string) =>
    [
      name,
      (x: tf.Tensor4D) =>
        join([
          chain(x, `${name}.branch1x1`),
          chain(x, ...steps(`${name}.branch5x5`, 2)),
          chain(x, ...steps(`${name}.branch3x3dbl`, 3)),
          chain(averagePool(x), `${name}.branch_pool`),
        ]),
    ] as const;
  const b = (name: string) =>
    [
      name,
      (x: tf.Tensor4D) =>
        join([chain(x, `${name}.branch3x3`), chain(x, ...steps(`${name}.branch3x3dbl`, 3)), halve(x)]),
    ] as const;
  const c = (name: string) =>
    [
      name,
      (x: tf.Tensor4D) =>
        join([
          chain(x, `${name}.branch1x1`),
          chain(x, ...steps(`${name}.branch7x7`, 3)),
          chain(x, ...steps(`${name}.branch7x7dbl`, 5)),
          chain(averagePool(x), `${name}.branch_pool`),
        ]),
    ] as const;
  const d = (name: string) =>
    [
      name,
      (x: tf.Tensor4D) =>
        join([chain(x, ...steps(`${name}.branch3x3`, 2)), chain(x, ...steps(`${name}.branch7x7x3`, 4)), halve(x)]),
    ] as const;
  const e = (name: string, pool: Block) =>
    [
      name,
      (x: tf.Tensor4D) => {
        const fork = chain(x, `${name}.branch3x3_1`);
        const double = chain(x, ...steps(`${name}.branch3x3dbl`, 2));
        return join([
          chain(x, `${name}.branch1x1`),
          chain(fork, `${name}.branch3x3_2a`),
          chain(fork, `${name}.branch3x3_2b`),
          chain(double, `${name}.branch3x3dbl_3a`),
          chain(double, `${name}.branch3x3dbl_3b`),
          chain(pool(x), `${name}.branch_pool`),
        ]);
      },
    ] as const;

  return [
    single('Conv2d_1a_3x3'), // [B, 149, 149, 32]
    single('Conv2d_2a_3x3'), // [B, 147, 147, 32]
    single('Conv2d_2b_3x3'), // [B, 147, 147, 64]
    ['maxpool1', halve], // [B, 73, 73, 64]
    single('Conv2d_3b_1x1'), // [B, 73, 73, 80]
    single('Conv2d_4a_3x3'), // [B, 71, 71, 192]
    ['maxpool2', halve], // [B, 35, 35, 192]
    a('Mixed_5b'), // [B, 35, 35, 256]
    a('Mixed_5c'), // [B, 35, 35, 288]
    a('Mixed_5d'),
    b('Mixed_6a'), // [B, 17, 17, 768]
    c('Mixed_6b'),
    c('Mixed_6c'),
    c('Mixed_6d'),
    c('Mixed_6e'),
    d('Mixed_7a'), // [B, 8, 8, 1280]
    e('Mixed_7b', averagePool), // [B, 8, 8, 2048]
    e('Mixed_7c', maxPool),
  ];
}
