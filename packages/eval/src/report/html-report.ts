import { checkLength, checkOptions, checkRule, describeValue, fail, rules } from '@diptych/formats/errors';
import { reportStyle } from './report-style.ts';

/** One thing on the page: exactly one of its fields. */
export type ReportPart =
  /** A paragraph. */
  | { text: string }
  /** A table; numbers stand right, and `highlight` marks a row. */
  | { table: { columns: readonly string[]; rows: readonly (readonly (string | number)[])[]; highlight?: number } }
  /** A picture; small ones are enlarged without smoothing. */
  | { image: { png: Uint8Array; alt: string; caption?: string } }
  /** A chart of `heatMap` or `lineChart`. */
  | { chart: { svg: string; caption?: string } }
  /** Something to copy: a command, a configuration. */
  | { code: string };

/** A headed part of the page. */
export interface ReportSection {
  heading: string;
  parts: readonly ReportPart[];
}

/** What a report holds. */
export interface HtmlReportOptions {
  title: string;
  /** One line under the title. */
  subtitle?: string;
  /** A few figures in large type. */
  figures?: readonly { label: string; value: string; note?: string }[];
  sections: readonly ReportSection[];
  /** A line at the end: where the data is from, how to repeat the run. */
  footer?: string;
}

/**
 * One self-contained HTML page: pictures and charts are inside it, nothing is loaded and no script runs. It follows the
 * reader's light or dark setting and prints well.
 *
 * @throws DiptychError if a table's rows are not as long as its head, or a part is of no known kind.
 * @example
 * const html = htmlReport({ title: 'Run 7', sections: [{ heading: 'Samples', parts: [{ image: { png, alt: 'samples' } }] }] });
 */
export function htmlReport(options: HtmlReportOptions): string {
  const {
    title,
    subtitle,
    figures = [],
    sections,
    footer,
  } = checkOptions('htmlReport', options, {
    title: rules.required(rules.text),
    subtitle: rules.text,
    figures: rules.list(rules.having('{ label, value }', 'label', 'value')),
    sections: rules.required(rules.list(rules.having('{ heading, parts }', 'heading', 'parts'))),
    footer: rules.text,
  });
  for (const { heading, parts } of sections) {
    checkRule('htmlReport', 'heading of a section', rules.text, heading);
    checkRule('htmlReport', `parts of ${heading}`, rules.list(rules.record), parts);
  }
  for (const { label, value, note } of figures) {
    for (const [name, text] of Object.entries({ label, value, ...(note !== undefined && { note }) })) {
      checkRule('htmlReport', `${name} of a figure`, rules.text, text);
    }
  }
  const tiles = figures
    .map(
      ({ label, value, note }) =>
        `<div class="figure"><dt>${escape(label)}</dt><dd>${escape(value)}${note ? `<small>${escape(note)}</small>` : ''}</dd></div>`,
    )
    .join('\n');
  const body = sections
    .map(
      ({ heading, parts }) => `<section>\n<h2>${escape(heading)}</h2>\n${parts.map(partHtml).join('\n')}\n</section>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
${subtitle ? `<p>${escape(subtitle)}</p>` : ''}
</header>
${tiles ? `<dl class="figures">\n${tiles}\n</dl>` : ''}
${body}
${footer ? `<footer>${escape(footer)}</footer>` : ''}
</body>
</html>
`;
}

function partHtml(part: ReportPart): string {
  if ('text' in part) return `<p>${escape(part.text)}</p>`;
  if ('table' in part) return tableHtml(part.table);
  if ('image' in part) {
    const { png, alt, caption } = part.image;
    return figure(`<img src="data:image/png;base64,${base64(png)}" alt="${escape(alt)}">`, caption);
  }
  if ('chart' in part) return figure(part.chart.svg, part.chart.caption);
  if ('code' in part) return `<pre><code>${escape(part.code)}</code></pre>`;
  fail(
    'htmlReport',
    `a part must have one of text, table, image, chart, code, and this one has ${describeValue(part)}`,
  );
}

function figure(content: string, caption?: string): string {
  return `<figure>${content}${caption ? `<figcaption>${escape(caption)}</figcaption>` : ''}</figure>`;
}

function tableHtml({ columns, rows, highlight }: Extract<ReportPart, { table: unknown }>['table']): string {
  for (const row of rows) checkLength('htmlReport', { 'row of table': row }, columns.length, 'one per column');
  const cell = (value: string | number) =>
    typeof value === 'number' ? `<td class="number">${value}</td>` : `<td>${escape(value)}</td>`;
  const head = columns.map(
    (name, i) => `<th${typeof rows[0]?.[i] === 'number' ? ' class="number"' : ''}>${escape(name)}</th>`,
  );
  const lines = rows.map((row, i) => `<tr${i === highlight ? ' class="best"' : ''}>${row.map(cell).join('')}</tr>`);
  return `<div class="scroll"><table><thead><tr>${head.join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}

function escape(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (letter) => names[letter]);
}

function base64(bytes: Uint8Array): string {
  let text = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
