/** A convolution with batch norm and rectifier. */
export interface ConvolutionSpec {
  in: number;
  out: number;
  /** [height, width] */
  kernel: readonly [number, number];
  stride: 1 | 2;
  /** `same` keeps the size of the picture, `valid` pads nothing. */
  padding: 'same' | 'valid';
}

type Line = [name: string, input: number, out: number, kernel?: [number, number], stride?: 1 | 2, padding?: 'valid'];

const one: [number, number] = [1, 1];
const three: [number, number] = [3, 3];

/** 35x35 blocks: four branches. */
const blockA = (name: string, input: number, pool: number): Line[] => [
  [`${name}.branch1x1`, input, 64],
  [`${name}.branch5x5_1`, input, 48],
  [`${name}.branch5x5_2`, 48, 64, [5, 5]],
  [`${name}.branch3x3dbl_1`, input, 64],
  [`${name}.branch3x3dbl_2`, 64, 96, three],
  [`${name}.branch3x3dbl_3`, 96, 96, three],
  [`${name}.branch_pool`, input, pool],
];

/** 17x17 blocks with 7x7 kernels cut into rows and columns, `c` channels inside. */
const blockC = (name: string, c: number): Line[] => [
  [`${name}.branch1x1`, 768, 192],
  [`${name}.branch7x7_1`, 768, c],
  [`${name}.branch7x7_2`, c, c, [1, 7]],
  [`${name}.branch7x7_3`, c, 192, [7, 1]],
  [`${name}.branch7x7dbl_1`, 768, c],
  [`${name}.branch7x7dbl_2`, c, c, [7, 1]],
  [`${name}.branch7x7dbl_3`, c, c, [1, 7]],
  [`${name}.branch7x7dbl_4`, c, c, [7, 1]],
  [`${name}.branch7x7dbl_5`, c, 192, [1, 7]],
  [`${name}.branch_pool`, 768, 192],
];

/** 8x8 blocks, whose 3x3 kernels fork into a row and a column. */
const blockE = (name: string, input: number): Line[] => [
  [`${name}.branch1x1`, input, 320],
  [`${name}.branch3x3_1`, input, 384],
  [`${name}.branch3x3_2a`, 384, 384, [1, 3]],
  [`${name}.branch3x3_2b`, 384, 384, [3, 1]],
  [`${name}.branch3x3dbl_1`, input, 448],
  [`${name}.branch3x3dbl_2`, 448, 384, three],
  [`${name}.branch3x3dbl_3a`, 384, 384, [1, 3]],
  [`${name}.branch3x3dbl_3b`, 384, 384, [3, 1]],
  [`${name}.branch_pool`, input, 192],
];

const lines: Line[] = [
  ['Conv2d_1a_3x3', 3, 32, three, 2, 'valid'],
  ['Conv2d_2a_3x3', 32, 32, three, 1, 'valid'],
  ['Conv2d_2b_3x3', 32, 64, three],
  ['Conv2d_3b_1x1', 64, 80],
  ['Conv2d_4a_3x3', 80, 192, three, 1, 'valid'],
  ...blockA('Mixed_5b', 192, 32),
  ...blockA('Mixed_5c', 256, 64),
  ...blockA('Mixed_5d', 288, 64),
  ['Mixed_6a.branch3x3', 288, 384, three, 2, 'valid'],
  ['Mixed_6a.branch3x3dbl_1', 288, 64],
  ['Mixed_6a.branch3x3dbl_2', 64, 96, three],
  ['Mixed_6a.branch3x3dbl_3', 96, 96, three, 2, 'valid'],
  ...blockC('Mixed_6b', 128),
  ...blockC('Mixed_6c', 160),
  ...blockC('Mixed_6d', 160),
  ...blockC('Mixed_6e', 192),
  ['Mixed_7a.branch3x3_1', 768, 192],
  ['Mixed_7a.branch3x3_2', 192, 320, three, 2, 'valid'],
  ['Mixed_7a.branch7x7x3_1', 768, 192],
  ['Mixed_7a.branch7x7x3_2', 192, 192, [1, 7]],
  ['Mixed_7a.branch7x7x3_3', 192, 192, [7, 1]],
  ['Mixed_7a.branch7x7x3_4', 192, 192, three, 2, 'valid'],
  ...blockE('Mixed_7b', 1280),
  ...blockE('Mixed_7c', 2048),
];

/**
 * The 94 convolutions of FID's Inception by their names in the weight file.
 *
 * @see Szegedy et al. 2016, Rethinking the Inception architecture for computer vision, table 1 and figures 5 to 7,
 * arXiv:1512.00567
 */
export const inceptionLayers: Readonly<Record<string, ConvolutionSpec>> = Object.fromEntries(
  lines.map(([name, input, out, kernel = one, stride = 1, padding]) => [
    name,
    { in: input, out, kernel, stride, padding: padding ?? ('same' as const) },
  ]),
);
