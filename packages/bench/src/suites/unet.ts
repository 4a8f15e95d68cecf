import { edm2Specification } from '../nets/edm2.ts';
import { unetSpecification } from '../nets/unet.ts';
import { networkSuite } from './network-suite.ts';

export const unetSuite = networkSuite(unetSpecification(), {
  large: true,
  stockTraining: 'stock tfjs has no gradient of convolution kernels on WASM.',
});

export const edm2Suite = networkSuite(edm2Specification(), {
  large: true,
  stockTraining: 'stock tfjs has no gradient of convolution kernels on WASM.',
});
