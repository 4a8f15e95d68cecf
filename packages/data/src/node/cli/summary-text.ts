import type { Inspection } from '../../inspect/inspect.ts';

/** The summary for people to read. */
export function summaryText(summary: Inspection, nameOf: (position: number) => string): string {
  const { name, length, shape, numbers, classes, mean, std, min, max, duplicates, lookAlikes } = summary;
  const channels = (values: readonly number[]) =>
    values.map((value) => value.toFixed(numbers === 'uint8' ? 2 : 4)).join('  ');
  const lines = [
    `${name}: ${length} images of ${shape[0]} x ${shape[1]} x ${shape[2]}, ${numbers}`,
    '',
    `mean per channel   ${channels(mean)}`,
    `std per channel    ${channels(std)}`,
    `range              ${min} .. ${max}`,
    `duplicates         ${groups(duplicates, nameOf)}`,
    `look-alikes        ${groups(lookAlikes, nameOf)}`,
  ];
  if (classes) {
    const width = Math.max(...classes.map(({ name }) => name.length));
    const most = Math.max(...classes.map(({ count }) => count));
    lines.push('', `${classes.length} classes`);
    for (const { name, count } of classes) {
      const share = ((100 * count) / length).toFixed(1).padStart(5);
      lines.push(
        `  ${name.padEnd(width)}  ${String(count).padStart(7)}  ${share} %  ${'#'.repeat(Math.round((24 * count) / most))}`,
      );
    }
  }
  return lines.join('\n');
}

function groups(found: readonly (readonly number[])[], nameOf: (position: number) => string): string {
  if (found.length === 0) return 'none';
  const surplus = found.reduce((sum, group) => sum + group.length - 1, 0);
  const examples = found.slice(0, 3).map((group) => group.slice(0, 2).map(nameOf).join(' = '));
  return `${surplus} in ${found.length} groups, e.g. ${examples.join(', ')}`;
}
