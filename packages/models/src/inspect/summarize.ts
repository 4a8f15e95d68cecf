import type { AnyBlock } from '../base/block.ts';
import type { ParameterSpec } from '../base/weight-tree.ts';

/** One part of a network, or one weight of its own. */
export interface SummaryRow {
  name: string;
  /** Class of the part; empty for a weight. */
  layer: string;
  parameters: number;
  /** Of these changed by training. */
  trainable: number;
  /** Multiply-adds of one call, in matrix products and convolutions. */
  macs: number;
}

/** A network part by part, and the sums. */
export interface Summary {
  rows: readonly SummaryRow[];
  parameters: number;
  trainable: number;
  macs: number;
  /** The table as text, one line for each row. */
  toString(): string;
}

/**
 * What a network is made of: parameters and multiply-adds of every direct part. Takes no memory for weights, so the largest preset can
 * be looked at anywhere.
 *
 * **Units** multiply-adds of one image for a network, of one call at `inputShapes` for another block; twice that in FLOPs.
 *
 * @throws DiptychError if a block multiplies matrices and does not count its multiply-adds
 * @example
 * console.log(String(summarize(new DiT({ ...ditPresets['XL/2'], image: [32, 32, 4], classes: 1000 }))));
 */
export function summarize(block: AnyBlock, ...inputShapes: (readonly number[])[]): Summary {
  const macs = block.macs(...inputShapes);
  const specs = Object.entries(block.parameterSpecs());
  const parts = [...block.namedParts()];
  const row = (name: string, layer: string, own: readonly [string, ParameterSpec][]): SummaryRow => ({
    name,
    layer,
    parameters: count(own),
    trainable: count(own.filter(([, { trainable }]) => trainable)),
    macs: macs[name] ?? 0,
  });
  const own = specs.filter(([name]) => !parts.some(([part]) => name.startsWith(`${part}.`)));
  const rows = [
    ...own.map((spec) => row(spec[0], '', [spec])),
    ...parts.map(([part, layer]) => {
      const below = specs.filter(([name]) => name.startsWith(`${part}.`));
      return row(part, layer.getClassName().replace(/^Diptych/, ''), below);
    }),
  ];
  const total = (of: 'parameters' | 'trainable') => rows.reduce((sum, next) => sum + next[of], 0);
  const sums = {
    parameters: total('parameters'),
    trainable: total('trainable'),
    macs: Object.values(macs).reduce((sum, next) => sum + next, 0),
  };
  return { rows, ...sums, toString: () => table([...rows, { name: 'all', layer: '', ...sums }]) };
}

const count = (specs: readonly [string, ParameterSpec][]) =>
  specs.reduce((sum, [, { shape }]) => sum + shape.reduce((product, n) => product * n, 1), 0);

function table(rows: readonly SummaryRow[]): string {
  const cells = [
    ['name', 'layer', 'parameters', 'trainable', 'multiply-adds'],
    ...rows.map(({ name, layer, ...numbers }) => [
      name,
      layer,
      ...[numbers.parameters, numbers.trainable, numbers.macs].map((n) => n.toLocaleString('en')),
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const line = (words: string[]) =>
    words.map((word, i) => (i < 2 ? word.padEnd(widths[i]) : word.padStart(widths[i]))).join('  ');
  return cells.map(line).join('\n');
}
