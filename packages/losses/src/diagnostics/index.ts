export { assignmentEntropy, type AssignmentEntropy } from './assignment-entropy.ts';
export { collapseReport, type CollapseInput, type CollapseReport } from './collapse-report.ts';
export { collapseWarnings, type CollapseThresholds, type CollapseWarning } from './collapse-warnings.ts';
export { featureStd } from './feature-std.ts';
export { meanCosine } from './mean-cosine.ts';
export { rankMe } from './rank-me.ts';
