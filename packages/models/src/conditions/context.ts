import { type Tensor3D, tidy, tile } from '@tensorflow/tfjs-core';
import type { NetworkInput, ForwardOptions, NamedVariables, Network, NetworkOutput } from '@diptych/core';
import { check, checkOptions, rules } from '@diptych/formats/errors';

/** What a network is given that takes tokens of another model beside images, such as those of a text encoder. */
export interface ContextInput extends NetworkInput {
  /** Tokens of another model, [B, length, width]. A condition that is one vector is a context of one token. */
  context?: Tensor3D;
}

/** How many tokens a context has, and how wide they are. */
export interface ContextShape {
  length: number;
  width: number;
}

/** Refuses what is no shape of a context. */
export function checkContextShape(where: string, context: ContextShape): void {
  const known = { length: rules.required(rules.count), width: rules.required(rules.count) };
  checkOptions<ContextShape>(where, context, known, 'context');
}

/** The context of a network that is configured for one. */
export function contextOf(where: string, { x, context }: ContextInput, { length, width }: ContextShape): Tensor3D {
  const shape = [x.shape[0], length, width];
  const fits = context?.rank === 3 && context.dtype === 'float32' && shape.every((n, i) => context.shape[i] === n);
  check(context && fits, where, 'context', `float32 tokens [${shape.join(', ')}]`, context);
  return context;
}

/** A network that takes a context. */
export interface ContextNetwork extends Omit<Network, 'forward'> {
  forward(input: ContextInput, options?: ForwardOptions): NetworkOutput;
}

/** The context of every pass: one for all images, [1, length, width], one for each, or a function of what the network is given. */
export type ContextSource = Tensor3D | ((input: NetworkInput, options: ForwardOptions) => Tensor3D);

/**
 * A network whose context is closed over, so that processes, losses, trainer and samplers use it as they use any other. For
 * training, where captions differ from image to image, let the labels be the numbers of the captions and look their tokens up.
 *
 * **Memory** the weights stay those of `network`; a context tensor stays the caller's, what a function makes is freed with the pass.
 *
 * @throws DiptychError if the context is not [1, length, width] or [B, length, width], at the first pass
 * @example
 * const captioned = withContext(network, ({ label }) => tf.gather(captions, label!)); // captions [n, length, width]
 * const run = train({ network: captioned, objective, data, optimizer: adamW(), key: key(0) });
 * const denoise = denoiser(withContext(network, tokensOfPrompt), diffusion); // tokensOfPrompt [1, length, width]
 */
export function withContext(network: ContextNetwork, context: ContextSource): Network {
  const forward = (input: NetworkInput, options: ForwardOptions = {}) =>
    tidy(() => {
      const given = typeof context === 'function' ? context(input, options) : context;
      const [batch] = input.x.shape;
      const fits = given?.rank === 3 && (given.shape[0] === 1 || given.shape[0] === batch);
      check(fits, 'withContext', 'context', `of shape [1 or ${batch}, length, width]`, given);
      const each = given.shape[0] === batch ? given : tile(given, [batch, 1, 1]);
      return network.forward({ ...input, context: each }, options) as NetworkOutput & Record<string, never>;
    });
  const readout = network.readout?.bind(network);
  return {
    forward,
    variables: (): NamedVariables => network.variables(),
    trainableVariables: () => network.trainableVariables(),
    tapNames: () => network.tapNames(),
    ...(readout && { readout }),
  };
}
