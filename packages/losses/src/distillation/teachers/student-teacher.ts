import type { Teacher } from './teacher.ts';

/**
 * The student as its own teacher: its present weights, without gradient. What SimSiam does, and MoCo v3 without momentum.
 *
 * **Memory** Holds nothing.
 *
 * @see Chen and He 2021, SimSiam, Algorithm 1, arXiv:2011.10566
 * @example
 * contrastiveDistillation({ diffusion, tap: 'mid', teacher: studentTeacher() });
 */
export function studentTeacher(): Teacher {
  return {
    setup: () => {},
    weights: () => undefined,
    headMomentum: () => 0,
    afterStep: () => {},
    variables: () => ({}),
    dispose: () => {},
  };
}
