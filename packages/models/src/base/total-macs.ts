import type { AnyBlock } from './block.ts';

/**
 * Multiply-adds of one call of a block, in matrix products and convolutions.
 *
 * @param inputShapes of its tensors, batch included; none for a network, which then counts one image
 * @example
 * totalMacs(new UViT({ ...uvitPresets['S/2'], image: [32, 32, 3] })); // 12.2e9
 */
export function totalMacs(block: AnyBlock, ...inputShapes: (readonly number[])[]): number {
  return Object.values(block.macs(...inputShapes)).reduce((sum, macs) => sum + macs, 0);
}
