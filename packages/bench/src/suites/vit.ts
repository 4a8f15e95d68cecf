import { vitDenoiser } from '../nets/vit-shape.ts';
import { vitSpecification } from '../nets/vit.ts';
import { jaxJsViT } from '../peers/jax-js.ts';
import { networkSuite } from './network-suite.ts';

export const vitSuite = networkSuite(vitSpecification(), { stockTraining: 2, jaxJs: () => jaxJsViT(vitDenoiser) });
