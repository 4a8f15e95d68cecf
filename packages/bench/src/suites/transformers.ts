import { ditSpecification, uvitSpecification } from '../nets/transformers.ts';
import { networkSuite } from './network-suite.ts';

export const uvitSuite = networkSuite(uvitSpecification(), { stockTraining: 1, large: true });
export const ditSuite = networkSuite(ditSpecification(), { stockTraining: 1, large: true });
