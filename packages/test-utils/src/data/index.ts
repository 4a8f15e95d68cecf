export { dyingSet, numberSet } from './number-set.ts';
