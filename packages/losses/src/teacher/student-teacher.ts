import { constantMomentum } from '../schedules/constant-momentum.ts';
import type { Teacher } from './teacher.ts';

/**
 * The student as its own teacher: its present weights, without gradient. What SimSiam does, and MoCo v3 without momentum.
 *
 * @see SimSiam, arXiv 2011.10566, Algorithm 1.
 * @example
 * contrastiveDistillation({ process, tap: 'mid', teacher: studentTeacher() });
 */
export function studentTeacher(): Teacher {
  return {
    setup: () => {},
    weights: () => undefined,
    headMomentum: constantMomentum(0),
    afterStep: () => {},
    variables: () => ({}),
    dispose: () => {},
  };
}
