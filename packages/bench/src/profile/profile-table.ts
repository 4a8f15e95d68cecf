import type { Flame } from './flame.ts';

/** A profile as Markdown: every kernel of every phase, longest first. */
export function profileTable(root: Flame): string {
  const rows = root.children.flatMap((phase) =>
    phase.children.length
      ? phase.children.map((kernel) => ({ ...kernel, phase: phase.name }))
      : [{ ...phase, phase: '' }],
  );
  rows.sort((a, b) => b.time - a.time);
  return [
    `One ${root.name}: ${root.time.toFixed(1)} ms`,
    '',
    '| ms | share | calls | phase | kernel |',
    '|---:|---:|---:|---|---|',
    ...rows.map(
      ({ time, calls, phase, name }) =>
        `| ${time.toFixed(2)} | ${((100 * time) / root.time).toFixed(1)} % | ${calls} | ${phase} | ${name} |`,
    ),
    '',
  ].join('\n');
}
