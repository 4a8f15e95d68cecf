import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { ForwardOptions, Network, NetworkInput, NetworkOutput } from '@diptych/core';
import { check, rules } from '@diptych/formats/errors';
import { meanPool } from '@diptych/ops';
import { Block, type AnyBlock, onePerSample } from './block.ts';
import type { BlockOptions } from './weight-tree.ts';

/**
 * The base of denoising networks: a block that satisfies `Network` of `@diptych/core`.
 *
 * A subclass declares its parts and implements `predict`; names, taps, state dict, readout and life as a `tf.layers.Layer`
 * (inputs [x, noise, then those of label and augmentation that it takes], noise and label as [B] or [B, 1]) come from here. The output of every part is a
 * tap under the part's dotted name; only those asked for are kept.
 *
 * A label for a network without classes is ignored, since data sets have labels; parameters of an augmentation or a context for which it has
 * no input are refused, since a network that is not told of them learns something else.
 *
 * **Memory** the caller owns all tensors that `forward` returns.
 *
 * @throws DiptychError if an input does not fit, is not among the names that it takes, or a tap is unknown
 *
 * @example
 * class TwoLayers extends NetworkBlock {
 *   static className = 'TwoLayers';
 *   private readonly first = this.part('first', new Conv2d({ inputs: 1, outputs: 32 }));
 *   private readonly last = this.part('last', new Conv2d({ inputs: 32, outputs: 1 }));
 *   protected predict({ x }: NetworkInput) {
 *     return this.last.forward(tf.relu(this.first.forward(x)));
 *   }
 * }
 * const { output, features } = new TwoLayers().forward({ x, noise }, { taps: ['first'] });
 */
export abstract class NetworkBlock<Input extends NetworkInput = NetworkInput>
  extends Block<[Input, ForwardOptions?], NetworkOutput & tf.TensorContainerObject>
  implements Network
{
  /** Number of classes that a label may name; undefined for an unconditional network. */
  readonly classes?: number;
  /** Names of the inputs in the order in which `call` takes them; trailing ones may be left out. */
  protected readonly inputNames: readonly (keyof Input & string)[];

  constructor(options: BlockOptions = {}, inputNames: readonly (keyof Input & string)[] = ['x', 'noise']) {
    super(options);
    this.inputNames = inputNames;
  }

  /** The forward pass: noisy images to prediction, inside a tidy. */
  protected abstract predict(input: Input, options: ForwardOptions): tf.Tensor4D;

  protected override compute(input: Input, options: ForwardOptions = {}): NetworkOutput & tf.TensorContainerObject {
    const where = this.shownName;
    checkInput(where, input, this.inputNames);
    const { taps } = options;
    check(taps === undefined || Array.isArray(taps), where, 'taps', 'an array of names', taps);
    const blocks = options.taps?.length ? this.namedBlocks() : new Map<string, AnyBlock>();
    const caught: Record<string, tf.Tensor> = {};
    const watched = [...new Set(options.taps)].map((tap) => {
      const block = blocks.get(tap);
      check(block, where, 'taps', `of ${this.tapNames().join(', ')}, or a part of these`, tap);
      return { tap, block };
    });
    // Kept, because an inner block calls its observers inside the tidy of the block around it.
    const ends = watched.map(({ tap, block }) =>
      block.observe((output) => {
        caught[tap]?.dispose(); // of a block that runs twice the last output counts
        caught[tap] = tf.keep(tf.clone(output as tf.Tensor));
      }),
    );
    try {
      const output = this.predict(input, options);
      const features = Object.fromEntries(Object.entries(caught).map(([tap, value]) => [tap, tf.clone(value)]));
      return { output, features };
    } finally {
      ends.forEach((end) => end());
      tf.dispose(caught);
    }
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: ForwardOptions = {}): tf.Tensor {
    this.invokeCallHook(inputs, kwargs);
    const list = [inputs].flat();
    const names = this.inputNames;
    const enough = list.length >= 2 && list.length <= names.length;
    check(enough, this.shownName, 'inputs', `[${names.join(', ')}], the first two at least`, list.length);
    return tf.tidy(() => {
      const input = Object.fromEntries(
        list.map((value, i) => {
          if (names[i] === 'noise') return [names[i], onePerSample(value)];
          return [names[i], names[i] === 'label' ? tf.cast(onePerSample(value), 'int32') : value];
        }),
      );
      // model.fit sets `training` but knows no keys: without one nothing is dropped.
      const { key, training } = kwargs;
      return this.forward(input as unknown as Input, { key, training: training && key != null }).output;
    });
  }

  override computeOutputShape(inputShape: Shape[]): Shape {
    return inputShape[0];
  }

  /** The parts whose outputs are the features of this network, in the order of the computation. Finer ones: `namedBlocks()`. */
  tapNames(): readonly string[] {
    return [...this.namedParts()].flatMap(([name, layer]) => (layer instanceof Block ? [name] : []));
  }

  /** The mean over all axes between the first and the last. */
  readout(_tap: string, feature: tf.Tensor): tf.Tensor2D {
    return meanPool(feature);
  }
}

/** Refuses what is no input of a network: kinds and sizes that do not fit each other, and conditions for which it has no input. */
function checkInput(where: string, input: NetworkInput, names: readonly string[]): void {
  check(rules.object.holds(input), where, 'input', '{ x, noise } and what else the network takes', input);
  const { x, noise, label, ...others } = input as NetworkInput & { context?: tf.Tensor };
  check(
    x instanceof tf.Tensor && x.rank === 4 && x.dtype === 'float32',
    where,
    'x',
    'images [B, H, W, C] of float32',
    x,
  );
  const [batch] = x.shape;
  const fits = noise instanceof tf.Tensor && noise.rank === 1 && noise.shape[0] === batch;
  check(fits, where, 'noise', `one label for each of ${batch} images, [${batch}]`, noise);
  const labelled = label === undefined || (label instanceof tf.Tensor && label.rank === 1 && label.shape[0] === batch);
  check(labelled, where, 'label', `one for each of ${batch} images, int32 [${batch}]`, label);
  for (const name of ['augmentation', 'context'] as const) {
    const given = others[name];
    const taken = given === undefined || names.includes(name);
    check(taken, where, name, `absent for a network that is not configured for it: ${withoutIt[name]}`, given);
    check(given === undefined || given instanceof tf.Tensor, where, name, 'a tensor', given);
  }
}

/** What becomes of it, and what to do. */
const withoutIt = {
  augmentation:
    'it would draw augmented images. Set its option, or leave the parameters out of the batch if that is meant',
  context: 'set its option',
};
