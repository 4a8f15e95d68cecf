import { expect, it } from 'vitest';
import { timed } from '../result.ts';
import { markdown } from './markdown.ts';

it('markdown() puts ratios first, three digits of each figure, then remarks, machine and versions', () => {
  const record = {
    machine: { cpu: 'abacus', cores: 2 },
    versions: { pytorch: 'not installed' },
    results: [timed('vit-train/wasm-1/tfjs-wasm', 0.25, 4.9137), timed('vit-train/wasm-1/pytorch-1', 0.25, 0.012346)],
  };
  expect(markdown(record, ['A remark.'])).toBe(
    [
      '| ratio | what / ours / theirs | ours | theirs |',
      '|---|---|---|---|',
      '| **19.7x** | vit-train/wasm-1/tfjs-wasm | 250 ms | 4914 ms |',
      '| **0.0494x** | vit-train/wasm-1/pytorch-1 | 250 ms | 12.3 ms |',
      '',
      'A ratio above 1 means that we are better. The number after an engine is its threads.',
      '',
      '- A remark.',
      '',
      '- cpu: abacus',
      '- cores: 2',
      '- pytorch: not installed',
      '',
    ].join('\n'),
  );
});
