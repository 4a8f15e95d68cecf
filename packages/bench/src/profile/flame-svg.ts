import type { Flame } from './flame.ts';

const width = 1200;
const rowHeight = 20;
/** Of Menlo and its kind at 11 px. */
const letter = 6.7;

/** A flame graph hanging from its root: a row for each level, widths as times, details as tooltips. Parts below a fifth of a pixel are left out. */
export function flameSvg(root: Flame): string {
  const boxes: string[] = [];
  let rows = 0;
  draw(root, 0, 0);
  const height = rows * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Menlo, Consolas, monospace" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');

  function draw(flame: Flame, from: number, row: number): void {
    const wide = (flame.time / root.time) * width;
    if (wide < 0.2) return;
    rows = Math.max(rows, row + 1);
    boxes.push(box(flame, from, wide, row));
    let at = from;
    for (const child of [...flame.children].sort((a, b) => b.time - a.time)) {
      draw(child, at, row + 1);
      at += (child.time / root.time) * width;
    }
  }

  function box({ name, time, calls }: Flame, x: number, wide: number, row: number): string {
    const y = row * rowHeight;
    const share = ((100 * time) / root.time).toFixed(1);
    const title = `${name}: ${time.toFixed(2)} ms, ${share} %, ${calls} calls`;
    const room = Math.floor((wide - 6) / letter);
    const label = room < 3 ? '' : name.length <= room ? name : `${name.slice(0, room - 1)}…`;
    return (
      `<g><title>${escape(title)}</title>` +
      `<rect x="${x.toFixed(2)}" y="${y}" width="${wide.toFixed(2)}" height="${rowHeight - 1}" fill="${colour(name)}"/>` +
      (label && `<text x="${(x + 3).toFixed(2)}" y="${y + 14}">${escape(label)}</text>`) +
      '</g>'
    );
  }
}

/** The same for a name wherever it is, from yellow to red. */
function colour(name: string): string {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return `hsl(${10 + (hash % 45)} 85% ${62 + (hash % 17)}%)`;
}

const escape = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
