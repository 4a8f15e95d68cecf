import { checkOptions, checkRule, DiptychError, rules } from '@diptych/formats/errors';

/** How a chart becomes a picture. */
export interface SvgToPngOptions {
  /** Pixels per unit of the chart. Default 2. */
  scale?: number;
  /** What is behind it; letters and axes are black. Default white. */
  background?: string;
}

/**
 * A chart of `@diptych/eval/report` as the bytes of a PNG file, drawn by the optional package `@resvg/resvg-js` with the
 * system's fonts.
 *
 * @throws DiptychError if that package is not installed, the text is no SVG, or scale is not above 0.
 * @example
 * await writeFile('grid.png', await svgToPng(await heatMap({ rows, columns, values })));
 */
export async function svgToPng(svg: string, options: SvgToPngOptions = {}): Promise<Uint8Array> {
  const { scale = 2, background = 'white' } = checkOptions('svgToPng', options, {
    scale: rules.positive,
    background: rules.text,
  });
  checkRule('svgToPng', 'svg', rules.text, svg);
  const { Resvg } = await import('@resvg/resvg-js').catch((cause: unknown) => {
    const rule = 'installed to draw PNG files: npm install @resvg/resvg-js';
    throw new DiptychError({ where: 'svgToPng', parameter: '@resvg/resvg-js', rule, value: 'nothing' }, { cause });
  });
  try {
    const drawn = new Resvg(svg, {
      fitTo: { mode: 'zoom', value: scale },
      background,
      font: { loadSystemFonts: true },
    });
    return new Uint8Array(drawn.render().asPng());
  } catch (cause) {
    throw new DiptychError(
      { where: 'svgToPng', parameter: 'svg', rule: 'an SVG file', value: svg.slice(0, 80) },
      { cause },
    );
  }
}
