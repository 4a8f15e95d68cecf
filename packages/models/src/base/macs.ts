import { type AnyBlock, Block } from './block.ts';

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

/**
 * Multiply-adds of a block's parts in the order of their declaration.
 *
 * @param inputShapes what each part is given, batch included; parts without an entry are left out
 */
export function macsByPart(
  block: AnyBlock,
  inputShapes: Readonly<Record<string, readonly (readonly number[])[]>>,
): Record<string, number> {
  const counted = [...block.namedParts()].filter(([name]) => Object.hasOwn(inputShapes, name));
  return Object.fromEntries(
    counted.map(([name, part]) => [name, part instanceof Block ? totalMacs(part, ...inputShapes[name]) : 0]),
  );
}
