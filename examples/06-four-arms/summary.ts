import { arms } from './arms.ts';
import type { ArmResult } from './run-arm.ts';

/** A mean over seeds with its sample standard deviation, 0 for one seed. */
export interface Spread {
  mean: number;
  deviation: number;
}

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** The measures that are tabulated, and how they are written. */
export const measures = [
  { name: 'frechetDistance', label: 'FD-digits', show: (value: number) => value.toFixed(2) },
  { name: 'probe', label: 'linear probe, test', show: (value: number) => `${(100 * value).toFixed(1)} %` },
  { name: 'heldOutLoss', label: 'held-out denoising loss', show: (value: number) => value.toFixed(4) },
] as const;

export interface ArmSummary {
  arm: string;
  /** Over the seeds. */
  spreads: Record<(typeof measures)[number]['name'], Spread>;
  /** Over the seeds, of the difference to the baseline with the same seed. */
  differences: Record<(typeof measures)[number]['name'], Spread>;
}

/** One row for each arm. */
export function summary(results: readonly ArmResult[]): ArmSummary[] {
  const of = (arm: string) => results.filter((result) => result.arm === arm).sort((a, b) => a.seed - b.seed);
  const baseline = of(arms[0].name);
  return arms.map(({ name }) => {
    const runs = of(name);
    const each = <T>(make: (measure: (typeof measures)[number]['name']) => T) =>
      Object.fromEntries(measures.map((measure) => [measure.name, make(measure.name)])) as Record<
        (typeof measures)[number]['name'],
        T
      >;
    return {
      arm: name,
      spreads: each((measure) => spread(runs.map((run) => run[measure]))),
      differences: each((measure) => spread(runs.map((run, i) => run[measure] - baseline[i][measure]))),
    };
  });
}

/** Head and rows of the table: every measure as mean ± standard deviation, and the same of its difference to the baseline. */
export function tableOf(rows: readonly ArmSummary[]): { columns: string[]; rows: string[][] } {
  const columns = ['arm', ...measures.flatMap(({ label }) => [label, 'to baseline'])];
  const cells = rows.map(({ arm, spreads, differences }, i) => [
    arm,
    ...measures.flatMap(({ name, show }) => [
      `${show(spreads[name].mean)} ± ${show(spreads[name].deviation)}`,
      i === 0 ? '' : `${signed(differences[name].mean, show)} ± ${show(differences[name].deviation)}`,
    ]),
  ]);
  return { columns, rows: cells };
}

export function markdown({ columns, rows }: { columns: readonly string[]; rows: readonly (readonly string[])[] }) {
  return [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n') + '\n';
}

const signed = (value: number, show: (value: number) => string) => `${value < 0 ? '−' : '+'}${show(Math.abs(value))}`;
