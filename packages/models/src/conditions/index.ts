export {
  type ContextInput,
  type ContextShape,
  withContext,
  type ContextNetwork,
  type ContextSource,
} from './context.ts';
export { guidedForward, type GuidedForwardOptions, type GuidedOutput } from './guided-forward.ts';
export { SelfConditioning, type SelfConditioningChoices, type SelfConditioningOptions } from './self-conditioning.ts';
