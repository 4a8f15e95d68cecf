const [width, height, columns, shown] = [200, 150, 5, 400];
const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Panels of points side by side, as an SVG file. */
export function contactSheet(panels: readonly { title: string; points: ArrayLike<number> }[]): string {
  const drawn = panels.map(({ title, points }, index) => {
    const path = Array.from({ length: Math.min(shown, points.length / 2) }, (_, i) => {
      const x = width / 2 + 55 * points[2 * i]!;
      const y = height / 2 + 8 - 55 * points[2 * i + 1]!;
      return x < 0 || x > width || y < 20 || y > height ? '' : `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
    });
    const at = `translate(${(index % columns) * width} ${Math.floor(index / columns) * height})`;
    const size = title.length > 34 ? 8 : 10;
    return `<g transform="${at}"><text x="6" y="14" font-size="${size}">${escape(title)}</text><path d="${path.join('')}"/></g>`;
  });
  const box = `width="${columns * width}" height="${Math.ceil(panels.length / columns) * height}"`;
  const style = 'font-family="sans-serif" fill="#333"';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box}><title>Samples of every sampler</title><rect ${box} fill="white"/><g ${style} stroke-linecap="round"><style>path{stroke:#1b4965;stroke-width:1.4;fill:none}</style>${drawn.join('')}</g></svg>\n`;
}
