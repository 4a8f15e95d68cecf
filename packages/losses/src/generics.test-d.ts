import type { StepSchedule } from '@diptych/core';
import { constant } from '@diptych/core/ramps';
import type { Scalar, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import { uncertaintyWeighted } from './denoising/learned-uncertainty.ts';
import { momentumTeacher } from './distillation/teachers/momentum-teacher.ts';
import type { Teacher } from './distillation/teachers/teacher.ts';
import type { Objective } from './objective/objective.ts';
import { weightedSum } from './objective/weighted-sum.ts';
import { l2Normalize } from './pairwise/l2-normalize.ts';
import { centeredSoftmax } from './pairwise/prototypes/centered-softmax.ts';
import { ibotLoss } from './pairwise/prototypes/ibot-loss.ts';

declare const rows: Tensor2D;
declare const tokens: Tensor3D;
declare const vector: Tensor1D;
declare const objective: Objective;

// The rank of what goes in is the rank of what comes out.
expectTypeOf(l2Normalize(tokens)).toEqualTypeOf<Tensor3D>();
expectTypeOf(centeredSoftmax(rows, { center: vector })).toEqualTypeOf<Tensor2D>();
expectTypeOf(uncertaintyWeighted(vector, vector)).toEqualTypeOf<Tensor1D>();

// Student and teacher have one rank, of all patches or of the hidden ones.
expectTypeOf(ibotLoss(tokens, tokens, { mask: rows })).toEqualTypeOf<Scalar>();
expectTypeOf(ibotLoss(rows, rows, { hidden: [1] })).toEqualTypeOf<Scalar>();
// @ts-expect-error a vector has no classes
ibotLoss(vector, vector);

// A number or a schedule, wherever a value may change over the steps.
expectTypeOf(momentumTeacher).parameter(0).toEqualTypeOf<number | StepSchedule>();
expectTypeOf(momentumTeacher(constant(0.9))).toEqualTypeOf<Teacher>();
expectTypeOf(weightedSum([1, objective], [(step: number) => step, objective])).toEqualTypeOf<Objective>();
// @ts-expect-error the weight comes first
weightedSum([objective, 1]);
