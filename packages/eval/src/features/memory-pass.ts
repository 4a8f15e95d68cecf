import { DiptychError } from '@diptych/formats/errors';
import type { FeatureRows } from './feature-rows.ts';
import type { PassWriter, StoredPass } from './feature-store.ts';

/** A pass that is kept in memory: `length` rows of every tap, in the precision in which they come. */
export function memoryPass(length: number): PassWriter {
  const taps = new Map<string, FeatureRows>();
  const labels = new Int32Array(length);
  let first = 0;
  return {
    add(rows, batch) {
      labels.set(batch, first);
      for (const [name, part] of Object.entries(rows)) {
        let whole = taps.get(name);
        if (!whole) taps.set(name, (whole = { rows: blank(part, length * part.dims), dims: part.dims }));
        if (part.rows instanceof Float64Array && whole.rows instanceof Float32Array) {
          whole.rows = Float64Array.from(whole.rows);
        }
        whole.rows.set(part.rows, first * part.dims);
      }
      first += batch.length;
      return Promise.resolve();
    },
    finish(): Promise<StoredPass> {
      return Promise.resolve({
        taps: [...taps.keys()],
        labels,
        tap(name) {
          const features = taps.get(name);
          if (!features) throw new DiptychError({ where: 'tap', parameter: 'name', rule: 'a known tap', value: name });
          return { features, release() {} };
        },
      });
    },
    abandon() {
      taps.clear();
      return Promise.resolve();
    },
  };
}

function blank({ rows }: FeatureRows, size: number): FeatureRows['rows'] {
  return rows instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
}
