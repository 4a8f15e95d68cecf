import { Block, type AnyBlock } from './block.ts';
import { totalMacs } from './total-macs.ts';

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
