import type { layers, LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { Initialiser } from './initialization/initialiser.ts';
import type { ParameterSpec } from './block-options.ts';

/** A weight of a block's own. */
export interface Declared extends ParameterSpec {
  init: Initialiser;
  variable?: LayerVariable;
}

/** A layer that is part of a block. */
export interface Part {
  layer: layers.Layer;
  /** Input shape of a layer that is not a Block, and the names of its weights once it is built. */
  inputShape?: Shape | Shape[];
  weightNames?: string[];
}

/** One weight of a tree with its dotted name. */
export interface Found extends ParameterSpec {
  name: string;
  variable?: LayerVariable;
  /** The declaration of a weight of a Block. */
  declared?: Declared;
}

/** Gives a variable the name under which tfjs saves it, whatever scope it was built in. */
export function named(variable: LayerVariable, name: string): LayerVariable {
  (variable as { originalName: string }).originalName = name;
  return variable;
}
