import { checkLength, checkRule, rules } from '@diptych/formats/errors';

/**
 * Rows of words as lines of text with aligned columns, two spaces between them: the first column to the left, the others to the
 * right. The first row is the head.
 *
 * @throws DiptychError if a row has another number of words than the first
 * @example
 * console.log(textTable([['layer', 'accuracy'], ['mid', '0.914'], ['out.0', '0.88']]));
 * // layer  accuracy
 * // mid       0.914
 * // out.0      0.88
 */
export function textTable(rows: readonly (readonly string[])[]): string {
  checkRule('textTable', 'rows', rules.list(rules.list(rules.text)), rows);
  const columns = rows[0]?.length ?? 0;
  for (const row of rows) checkLength('textTable', { row }, columns, 'as the first');
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    row.map((word, i) => (i === 0 ? word.padEnd(widths[i]) : word.padStart(widths[i]))).join('  ');
  return rows.map(line).join('\n');
}
