import type { KernelFunc } from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import { attributes } from '../../fused/attributes.ts';

export type ConvolutionInfo = backend_util.Conv2DInfo;

interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Sizes of a convolution from the attributes of its kernel or of one of its gradients. */
export function convolutionInfo(
  attrs: unknown,
  x: readonly number[],
  filter: readonly number[],
  depthwise = false,
): ConvolutionInfo {
  const { strides, pad, dilations = [1, 1], dimRoundingMode } = attributes<ConvolutionAttributes>(attrs);
  type Shape = [number, number, number, number];
  return backend_util.computeConv2DInfo(
    x as Shape,
    filter as Shape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
    'channelsLast',
  );
}

/** Our convolutions are of images with the channels last. */
export const channelsLast = ({ attrs }: Parameters<KernelFunc>[0]): boolean =>
  ((attrs as { dataFormat?: string } | undefined)?.dataFormat ?? 'NHWC') === 'NHWC';

/** A plan of assembly/convolution.ts: for every position of the result, which pixels the window sees. */
export interface Plan {
  readonly words: readonly number[];
  readonly sizes: {
    batch: number;
    channels: number;
    outHeight: number;
    outWidth: number;
    tapsDown: number;
    tapsAcross: number;
  };
  /** Whether the positions are not neighbours in the whole result. */
  readonly isScattered: boolean;
}

/** Bytes of a plan, and what brings the next address to a whole cache line. */
export const planBytes = 128;

/** Down and across. */
type Pair = readonly [down: number, across: number];

interface PlanParts {
  /** Batch, height, width and channels of what is read. */
  source: readonly [number, number, number, number];
  out: Pair;
  taps: Pair;
  step: Pair;
  offset: Pair;
  spacing: Pair;
  divisor?: Pair;
  /** Position p is p * apart + first of a whole result. */
  apart?: Pair;
  first?: Pair;
  whole?: Pair;
}

function makePlan({ source, out, taps, step, offset, spacing, divisor = [1, 1], ...rest }: PlanParts): Plan {
  const { apart = [1, 1], first = [0, 0], whole = out } = rest;
  const [batch, , , channels] = source;
  return {
    words: [source, out, taps, step, offset, spacing, divisor, apart, first, whole].flat(),
    sizes: { batch, channels, outHeight: out[0], outWidth: out[1], tapsDown: taps[0], tapsAcross: taps[1] },
    isScattered: apart[0] !== 1 || apart[1] !== 1,
  };
}

/** The plan of the convolution itself. */
export const forwardPlan = (info: ConvolutionInfo): Plan =>
  makePlan({
    source: [info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    out: [info.outHeight, info.outWidth],
    taps: [info.filterHeight, info.filterWidth],
    step: [info.strideHeight, info.strideWidth],
    offset: [-info.padInfo.top, -info.padInfo.left],
    spacing: [info.dilationHeight, info.dilationWidth],
  });

/** One convolution of which the gradient by the image is made, and the taps of the filter that it takes. */
export interface BackwardPlan {
  plan: Plan;
  firstTap: Pair;
  tapSteps: Pair;
}

/**
 * Plans of the gradient: for every pixel of the image, which positions of the result saw it. With a stride s, pixels that are the same modulo s were
 * seen by the same taps: one dense convolution for each such class, so that no product with a zero is computed.
 */
export function backwardPlans(info: ConvolutionInfo): BackwardPlan[] {
  const source = [info.batchSize, info.outHeight, info.outWidth, info.outChannels] as const;
  const whole = [info.inHeight, info.inWidth] as const;
  const padding = [info.padInfo.top, info.padInfo.left] as const;
  const stride = [info.strideHeight, info.strideWidth] as const;
  const taps = [info.filterHeight, info.filterWidth] as const;
  const dilation = [info.dilationHeight, info.dilationWidth] as const;
  if ((stride[0] === 1 && stride[1] === 1) || dilation[0] !== 1 || dilation[1] !== 1) {
    const plan = makePlan({
      ...{ source, out: whole, taps, step: [1, 1], offset: padding, divisor: stride },
      spacing: [-dilation[0], -dilation[1]],
    });
    return [{ plan, firstTap: [0, 0], tapSteps: [1, 1] }];
  }
  const classes = [0, 1].map((axis) =>
    Array.from({ length: Math.min(stride[axis], whole[axis]) }, (_, first) => {
      const tap = (first + padding[axis]) % stride[axis];
      return {
        first,
        tap,
        // Pixel p = stride q + first is seen by tap `tap + stride i` from position q + offset - i.
        offset: (first + padding[axis] - tap) / stride[axis],
        out: Math.ceil((whole[axis] - first) / stride[axis]),
        taps: Math.max(Math.ceil((taps[axis] - tap) / stride[axis]), 0),
      };
    }),
  );
  return classes[0].flatMap((down) =>
    classes[1].map((across): BackwardPlan => {
      const pair = (name: 'first' | 'tap' | 'offset' | 'out' | 'taps'): Pair => [down[name], across[name]];
      return {
        plan: makePlan({
          ...{ source, out: pair('out'), taps: pair('taps'), step: [1, 1], offset: pair('offset') },
          ...{ spacing: [-1, -1], apart: stride, first: pair('first'), whole },
        }),
        firstTap: pair('tap'),
        tapSteps: stride,
      };
    }),
  );
}
