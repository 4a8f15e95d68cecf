export { independentDraws, type NoiseLevelDraws, stratifiedDraws, type WeightedDraws } from './draws.ts';
export { evaluateObjective, type EvaluateObjectiveOptions } from './evaluate-objective.ts';
export type {
  Objective,
  ObjectiveSetup,
  SampleLosses,
  StepContext,
  StudentPass,
  TensorBatch,
  Terms,
} from './objective.ts';
export { tensorBatch } from './tensor-batch.ts';
export { termGradientNorms } from './term-gradient-norms.ts';
export { weightedSum } from './weighted-sum.ts';
