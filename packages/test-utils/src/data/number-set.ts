import { arrayDataset } from '@diptych/data';
import type { Dataset } from '@diptych/data';

/** Image i is the number i; one of them may be damaged. */
export function numberSet(length: number, damaged?: number): Dataset {
  const x = Float32Array.from({ length }, (_, i) => i);
  const label = Array.from(x, (i) => i % 2);
  const data = arrayDataset({ x, shape: [1, 1, 1], label, classes: ['even', 'odd'], name: 'numbers' });
  return {
    ...data,
    async batch(indices) {
      // Batches overtake one another.
      await new Promise((resume) => setTimeout(resume, (indices[0] * 7) % 3));
      if (Array.from(indices).includes(damaged ?? -1)) throw new Error(`image ${damaged} is damaged`);
      return data.batch(indices);
    },
  };
}

/** Its worker ends at the first batch. */
export const dyingSet = (): Dataset => ({ ...numberSet(1), batch: () => process.exit(3) });
