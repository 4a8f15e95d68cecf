import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { check } from '@diptych/formats/errors';
import type { Dataset } from '../../dataset/dataset.ts';
import { inspect } from '../../inspect/inspect.ts';
import type { ImageFileDataset } from '../../datasets/image-files.ts';
import { savePng } from '../save-files.ts';
import { openSource } from './open-source.ts';
import { summaryText } from './summary-text.ts';

/** What `diptych-data inspect` understands. */
export interface InspectFlags {
  json?: boolean;
  sheet: string | boolean;
  force?: boolean;
  skipBad?: boolean;
  fit?: number;
  columns?: number;
}

/** Looks at a data set; returns what is to be printed. */
export async function inspectCommand(source: string, flags: InspectFlags): Promise<string> {
  const { json, sheet, force, skipBad, fit, columns } = flags;
  const path = typeof sheet === 'string' ? sheet : `${basename(source).replace(/[^\w.-]/g, '-')}-sheet.png`;
  if (sheet !== false && !force) {
    const isFree = await stat(path).then(
      () => false,
      () => true,
    );
    check(isFree, 'diptych-data', path, 'free (--force writes over it, --sheet names another)', 'a file that is there');
  }
  const dataset: Dataset & Partial<ImageFileDataset> = await openSource(source, { skipBad, fit });
  const { summary, sheet: raster } = await inspect(dataset, { columns });
  const { skipped = [], files } = dataset;
  const written = sheet !== false && raster !== undefined;
  if (written) await savePng(path, raster);
  if (json) return JSON.stringify({ ...summary, skipped, ...(written && { sheet: path }) }, undefined, 2);
  const lines = [summaryText(summary, (position) => files?.[position] ?? `${position}`)];
  if (skipped.length > 0)
    lines.push('', `${skipped.length} images left out:`, ...skipped.map(({ reason }) => `  ${reason}`));
  if (written) lines.push('', `contact sheet      ${path}`);
  return lines.join('\n');
}
