import type { Result } from '../result.ts';

/** What one run of the benchmark found. */
export interface BenchRecord {
  machine: Record<string, unknown>;
  versions: Record<string, string>;
  results: readonly Result[];
}

/** The run as Markdown: ratios first, then remarks, then machine and versions. */
export function markdown({ machine, versions, results }: BenchRecord, remarks: readonly string[] = []): string {
  const row = ({ name, ours, theirs, unit, ratio }: Result) =>
    `| **${figures(ratio)}x** | ${name} | ${figures(ours)} ${unit} | ${figures(theirs)} ${unit} |`;
  return [
    '| ratio | what / ours / theirs | ours | theirs |',
    '|---|---|---|---|',
    ...results.map(row),
    '',
    'A ratio above 1 means that we are better. The number after an engine is its threads.',
    '',
    ...(remarks.length ? [...remarks.map((remark) => `- ${remark}`), ''] : []),
    ...Object.entries({ ...machine, ...versions }).map(([name, value]) => `- ${name}: ${String(value)}`),
    '',
  ].join('\n');
}

/** Three significant digits. */
const figures = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
