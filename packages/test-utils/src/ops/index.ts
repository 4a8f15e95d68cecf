export { gradCheck, type GradCheckOptions, type GradCheckResult } from './grad-check.ts';
export { onEachBackend, type TestBackend } from './on-each-backend.ts';
export { relativeError } from './relative-error.ts';
export { tensorOf } from './tensor-of.ts';
export { leakOf } from './leak-of.ts';
