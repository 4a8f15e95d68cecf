export { check, fail } from './check.ts';
export { describeValue } from './describe-value.ts';
export {
  DiptychError,
  FormatError,
  type DiptychErrorDetails,
  type RefusedState,
  type RefusedValue,
} from './diptych-error.ts';
export { checkNames, checkOptions, checkRule, rules, type Interval, type OptionRules, type Rule } from './options.ts';
export {
  checkCount,
  checkDtype,
  checkFinite,
  checkFlag,
  checkFunction,
  checkIn,
  checkIndex,
  checkIntegerIn,
  checkInterval,
  checkNonNegative,
  checkNumbers,
  checkPositive,
  checkShape,
  checkShare,
  checkTensor,
  type NamedValues,
  type Shaped,
} from './rules.ts';
