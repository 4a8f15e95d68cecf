import { join } from 'node:path';
import { digitSplits, subset, type Splits } from '@diptych/data';
import { imageFolder } from '@diptych/data/node';

/** The digits, or a folder: a tenth of its training part, spread over the classes, is for choosing. */
export async function splitsOf(folder?: string): Promise<Splits> {
  if (!folder) return digitSplits();
  const whole = await imageFolder(join(folder, 'train'));
  const [chosen, rest] = [0, 1].map((kind) =>
    Array.from({ length: whole.length }, (_, i) => i).filter((i) => (i % 10 === 0) === (kind === 0)),
  );
  const parts = { train: subset(whole, rest), validation: subset(whole, chosen) };
  return { ...parts, test: await imageFolder(join(folder, 'test')) };
}
