import { serveDataset } from '@diptych/data/workers';
import { numberSet } from './number-set.ts';

serveDataset(() => numberSet(23));
