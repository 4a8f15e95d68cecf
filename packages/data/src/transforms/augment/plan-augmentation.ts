import { augmentationLabels } from './augmentation-ops.ts';
import type { AugmentationDraws, AugmentationOps } from './augmentation-ops.ts';

/** An affine map of the plane, [a, b, c, d, e, f]: (x, y) -> (a x + b y + c, d x + e y + f). */
export type Affine = readonly [number, number, number, number, number, number];

/** What is done to one image, and what the network is told of it. */
export interface AugmentationPlan {
  flipX: boolean;
  flipY: boolean;
  /** Quarter turns counter-clockwise. */
  turns: number;
  /** Pixels to the right and up. */
  shift: readonly [number, number];
  /** From output to input coordinates: origin at the centre, x right, y down, pixels. */
  matrix: Affine;
  labels: number[];
}

const identity: Affine = [1, 0, 0, 0, 1, 0];

/**
 * Turns the draws of one image of size [H, W] into what is done to it.
 *
 * @see Karras et al. 2022, Elucidating the design space of diffusion-based generative models, table 6
 */
export function planAugmentation(
  draws: AugmentationDraws,
  ops: AugmentationOps,
  probability: number,
  [height, width]: readonly [number, number],
): AugmentationPlan {
  const passed = <Name extends keyof AugmentationOps>(name: Name) => {
    const draw = draws[name];
    return draw && draw.gate < (ops[name] ?? 0) * probability ? (draw as Required<AugmentationDraws>[Name]) : undefined;
  };
  const labels: number[] = [];
  const label = (name: keyof AugmentationOps, values: readonly number[] | undefined) => {
    if (ops[name] !== undefined) labels.push(...(values ?? new Array<number>(augmentationLabels[name]).fill(0)));
  };

  const flipX = passed('xflip')?.value ?? 0;
  const flipY = passed('yflip')?.value ?? 0;
  label('xflip', [flipX]);
  label('yflip', [flipY]);

  const turns = passed('rotateInt')?.value ?? 0;
  label('rotateInt', [turns === 1 || turns === 2 ? 1 : 0, turns >= 2 ? 1 : 0]);

  const [right, up] = passed('translateInt')?.uniform ?? [0.5, 0.5];
  const reach = [width * 0.125, height * 0.125] as const;
  const shift = [roundHalfToEven((2 * right - 1) * reach[0]), roundHalfToEven((2 * up - 1) * reach[1])] as const;
  label('translateInt', [shift[0] / reach[0], shift[1] / reach[1]]);

  let matrix: Affine = identity;
  const zoom = passed('scale')?.gaussian;
  if (zoom !== undefined) matrix = times(matrix, stretch(2 ** (-0.2 * zoom), 2 ** (-0.2 * zoom)));
  label('scale', zoom === undefined ? undefined : [zoom]);

  const turn = passed('rotateFrac');
  const angle = turn ? Math.PI * (2 * turn.uniform - 1) : 0;
  if (turn) matrix = times(matrix, rotation(angle));
  label('rotateFrac', [Math.cos(angle) - 1, Math.sin(angle)]);

  const aniso = passed('aniso');
  if (aniso) {
    const axis = aniso.rotateGate < 0.5 ? Math.PI * (2 * aniso.uniform - 1) : 0;
    const s = 2 ** (0.2 * aniso.gaussian);
    matrix = times(times(times(matrix, rotation(-axis)), stretch(1 / s, s)), rotation(axis));
    label('aniso', [aniso.gaussian * Math.cos(axis), aniso.gaussian * Math.sin(axis)]);
  } else label('aniso', undefined);

  const move = passed('translateFrac')?.gaussian;
  if (move) matrix = times(matrix, [1, 0, -move[0] * reach[0], 0, 1, -move[1] * reach[1]]);
  label('translateFrac', move);

  return { flipX: flipX === 1, flipY: flipY === 1, turns, shift, matrix, labels };
}

function times(m: Affine, n: Affine): Affine {
  return [
    m[0] * n[0] + m[1] * n[3],
    m[0] * n[1] + m[1] * n[4],
    m[0] * n[2] + m[1] * n[5] + m[2],
    m[3] * n[0] + m[4] * n[3],
    m[3] * n[1] + m[4] * n[4],
    m[3] * n[2] + m[4] * n[5] + m[5],
  ];
}

function stretch(x: number, y: number): Affine {
  return [x, 0, 0, 0, y, 0];
}

function rotation(angle: number): Affine {
  return [Math.cos(angle), -Math.sin(angle), 0, Math.sin(angle), Math.cos(angle), 0];
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
