/**
 * The dependency arrows between packages (docs/architecture.md). A package may import what stands left of it:
 *
 *   ops <- core <- models; losses <- trainer; data <- eval; all of them <- examples
 */
const mayImport = {
  ops: [],
  core: ['ops'],
  models: ['ops', 'core'],
  losses: ['ops', 'core'],
  data: ['ops', 'core'],
  eval: ['ops', 'core', 'data'],
  trainer: ['ops', 'core', 'losses'],
};

const tests = '\\.(test|test-d|browser\\.test)\\.ts$';

/** Libraries: published sources import only their own package and the packages that the table names. */
const arrows = Object.entries(mayImport).map(([name, allowed]) => ({
  name: `${name}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^packages/${name}/src/`, pathNot: tests },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/src/` },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'no-circular-imports',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-relative-import-of-another-package',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypesNot: ['aliased', 'npm'] },
    },
    {
      name: 'schedules-need-no-engine',
      comment: '@diptych/core/schedules is for people without tfjs.',
      severity: 'error',
      from: { path: '^packages/core/src/schedules/', pathNot: tests },
      to: { path: '@tensorflow/|^packages/ops/src/(?!errors/)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-imports-examples',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^examples/' },
    },
    {
      name: 'node-builtins-only-in-node-entries',
      comment: 'Main entries must work in the browser: file systems live in src/node.',
      severity: 'error',
      from: {
        path: '^packages/(ops|core|models|losses|data|eval|trainer)/src/',
        pathNot: [tests, '/src/node/'],
      },
      to: { dependencyTypes: ['core'], dynamic: false },
    },
    {
      name: 'no-unresolvable-import',
      severity: 'error',
      from: { path: '^(packages|examples)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|runs|assembly|fixtures/.*\\.json)(/|$)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
