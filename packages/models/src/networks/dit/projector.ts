import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { silu } from '@diptych/ops';
import { LastAxisBlock } from '../../base/block.ts';
import type { BlockOptions } from '../../base/weight-tree.ts';
import { checkOptions, checkSizes } from '../../base/check-options.ts';
import { totalMacs } from '../../base/macs.ts';
import { Linear } from '../../blocks/mlp/linear.ts';

/** Options of `Projector`. */
export interface ProjectorOptions extends BlockOptions {
  width: number;
  /** Width inside. */
  hidden: number;
  /** Width that comes out. */
  outputs: number;
}

/**
 * Three linear layers with SiLU between: maps the tokens of a block to the feature space of another model, for alignment.
 *
 * **Shapes** [..., width] -> [..., outputs].
 *
 * @see Yu et al. 2024, arXiv:2410.06940 (REPA), section 3.3
 * @example
 * const z = new Projector({ width: 768, hidden: 2048, outputs: 768 }).forward(tokens);
 */
export class Projector extends LastAxisBlock {
  static className = 'DiptychProjector';
  private readonly fc1: Linear;
  private readonly fc2: Linear;
  private readonly fc3: Linear;

  constructor(options: ProjectorOptions) {
    super(checkOptions<ProjectorOptions>('Projector', options, { width: true, hidden: true, outputs: true }));
    const { width, hidden, outputs } = options;
    checkSizes('Projector', { width, hidden, outputs });
    this.fc1 = this.part('fc1', new Linear({ inputs: width, outputs: hidden }));
    this.fc2 = this.part('fc2', new Linear({ inputs: hidden, outputs: hidden }));
    this.fc3 = this.part('fc3', new Linear({ inputs: hidden, outputs }));
  }

  protected override compute(x: Tensor): Tensor {
    return this.fc3.forward(this.fc2.activated(this.fc1.activated(x, silu), silu));
  }

  override macs(shape: readonly number[]): Record<string, number> {
    const inside = this.fc1.computeOutputShape([...shape]) as number[];
    return { fc1: totalMacs(this.fc1, shape), fc2: totalMacs(this.fc2, inside), fc3: totalMacs(this.fc3, inside) };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return this.fc3.computeOutputShape(inputShape);
  }
}
