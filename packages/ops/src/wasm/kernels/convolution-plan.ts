import type { KernelFunc } from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';

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
  attributes: unknown,
  x: readonly number[],
  filter: readonly number[],
  depthwise = false,
): ConvolutionInfo {
  const { strides, pad, dilations = [1, 1], dimRoundingMode } = attributes as ConvolutionAttributes;
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

/** The plan of assembly/convolution.ts: for every position of the result, which pixels the window sees. */
export const forwardPlan = (info: ConvolutionInfo): number[] => [
  ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth],
  ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
  ...[-info.padInfo.top, -info.padInfo.left, info.dilationHeight, info.dilationWidth, 1, 1],
];

/** The plan of the gradient: for every pixel of the operand, which positions of the result saw it. */
export const backwardPlan = (info: ConvolutionInfo): number[] => [
  ...[info.batchSize, info.outHeight, info.outWidth, info.outChannels, info.inHeight, info.inWidth],
  ...[info.filterHeight, info.filterWidth, 1, 1],
  ...[info.padInfo.top, info.padInfo.left, -info.dilationHeight, -info.dilationWidth],
  ...[info.strideHeight, info.strideWidth],
];
