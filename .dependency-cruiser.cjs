/**
 * The dependency arrows between packages (docs/architecture.md). A package may import what stands left of it:
 *
 *   formats <- ops <- core <- models; losses <- trainer; data <- eval; all of them <- examples
 */
const mayImport = {
  formats: [],
  ops: ['formats'],
  core: ['formats', 'ops'],
  models: ['formats', 'ops', 'core'],
  losses: ['formats', 'ops', 'core'],
  data: ['formats', 'ops', 'core'],
  eval: ['formats', 'ops', 'core', 'data'],
  trainer: ['formats', 'ops', 'core', 'losses'],
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
      to: { path: '@tensorflow/|^packages/ops/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'formats-need-no-engine',
      comment: '@diptych/formats reads files for everybody, with or without tfjs.',
      severity: 'error',
      from: { path: '^packages/formats/src/', pathNot: tests },
      to: { path: '@tensorflow/' },
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
        path: '^packages/(formats|ops|core|models|losses|data|eval|trainer)/src/',
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
