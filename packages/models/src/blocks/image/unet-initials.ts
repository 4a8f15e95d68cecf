import { rules } from '@diptych/formats/errors';
import { constantInit, uniformInit, type Initializer } from '../../base/initialization.ts';

/**
 * How the weights of a UNet begin. `uniform`: U(-b, b) with b = 1/sqrt(fan in), kernels and biases, as PyTorch's layers (DDPM, DDPM++ of
 * DDAE, diffusers). `xavier`: U(-b, b) with b = sqrt(6/(fan in + fan out)), biases 0, the last layer of every branch times 1e-5, queries,
 * keys and values times sqrt(0.2) (SongUNet). `zeroResidual`: `uniform`, but the last layer of every branch and of the network 0 (ADM).
 */
export type UNetInitials = 'uniform' | 'xavier' | 'zeroResidual';

/** The name of a way to begin. */
export const initialsRule = rules.oneOf('uniform', 'xavier', 'zeroResidual');

/** First values of a layer with a fan in of `fanIn`. */
export interface LayerInit {
  kernelInit: Initializer;
  biasInit: Initializer;
}

/** First values of a layer by its fan in, and by what it does: an ordinary one, the last of a branch, or that of queries, keys and values. */
export function unetInit(
  initials: UNetInitials,
  fanIn: number,
  role: 'inner' | 'last' | 'attention' = 'inner',
): LayerInit {
  const zero = constantInit(0);
  if (initials === 'xavier') {
    const factor = role === 'last' ? 1e-5 : role === 'attention' ? Math.sqrt(0.2) : 1;
    return { kernelInit: fanInOut(factor), biasInit: zero };
  }
  if (initials === 'zeroResidual' && role === 'last') return { kernelInit: zero, biasInit: zero };
  const init = uniformInit(1 / Math.sqrt(fanIn));
  return { kernelInit: init, biasInit: init };
}

/** Xavier uniform, where a convolution's fan out counts the places of its kernel too. */
function fanInOut(factor: number): Initializer {
  return (shape, key) => {
    const places = shape.slice(0, -2).reduce((product, n) => product * n, 1);
    const [inputs, outputs] = shape.slice(-2);
    return uniformInit(factor * Math.sqrt(6 / (places * (inputs + outputs))))(shape, key);
  };
}
