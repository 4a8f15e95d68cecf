import { serveDataset } from '@diptych/data';
import { numberSet } from './number-set.ts';

serveDataset(() => numberSet(23));
