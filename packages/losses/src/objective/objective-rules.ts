import { checkRule, type Rule, rules } from '@diptych/formats/errors';

const isNamed = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';

/** Rules of what objectives are made of, for `checkOptions`. */
export const objectiveRules = {
  diffusion: rules.required(rules.having('a diffusion process, such as edm()', 'precondition', 'sigmaQuantile')),
  network: rules.required(rules.having('a network', 'forward', 'tapNames', 'trainableVariables')),
  batch: rules.required(rules.having('a batch of tensors, as tensorBatch gives it', 'x', 'views')),
  schedule: rules.required(
    rules.having('a discrete schedule, such as discreteSchedule(linearBetas())', 'alphasCumprod', 'betas', 'sigmas'),
  ),
  objective: {
    words: 'an objective, such as denoisingLoss(edm())',
    holds: (value) => isNamed(value) && typeof value['compute'] === 'function',
  },
  criterion: rules.having('a criterion, such as contrastiveCriterion()', 'compute'),
  teacher: rules.having('a teacher, such as momentumTeacher(0.99)', 'weights', 'headMomentum', 'afterStep'),
  tap: rules.required(rules.text),
  name: rules.text,
  /** A number, or one for each step. */
  share: rules.either(rules.share, rules.callback),
  positive: rules.either(rules.positive, rules.callback),
} satisfies Record<string, Rule>;

const aScalar: Rule = {
  words: 'a scalar tensor',
  holds: (value) => rules.tensor.holds(value) && (value as { shape: readonly number[] }).shape.length === 0,
};

/** Checks that what a function of the caller's returned is a scalar. */
export function checkScalar(where: string, parameter: string, value: unknown): void {
  checkRule(where, parameter, aScalar, value);
}
