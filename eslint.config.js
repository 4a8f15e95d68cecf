import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const everywhere = { console: 'readonly', process: 'readonly', URL: 'readonly', Buffer: 'readonly', fetch: 'readonly' };

/** Library sources: what the packages publish, so neither tests nor scripts. */
const library = {
  files: ['packages/{formats,ops,core,models,losses,data,eval,trainer}/src/**/*.ts'],
  ignores: ['**/*.test.ts', '**/*.test-d.ts'],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/*.generated.ts', 'runs/**', 'packages/ops/assembly/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: { globals: everywhere },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    ...library,
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness comes from keys.' },
        { object: 'Date', property: 'now', message: 'A clock is handed in.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: ':matches(PropertyDefinition, MethodDefinition, TSParameterProperty)[accessibility="private"]',
          message: 'Private members are #x.',
        },
        {
          selector: 'TSNonNullExpression > MemberExpression[computed=true]',
          message: 'Indexing is not checked here, so ! says nothing.',
        },
        {
          selector: 'Literal[value=/^options\\.\\w/]',
          message: 'An error names the bare parameter: learningRate, not options.learningRate.',
        },
        {
          selector: 'CallExpression[callee.property.name=/^(dataSync|arraySync|bytesSync)$/]',
          message: 'Reading a tensor synchronously blocks WebGPU and the event loop: await data().',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@tensorflow/tfjs',
              message: 'Libraries import tfjs-core and tfjs-layers, never the union package.',
            },
          ],
          patterns: [{ group: ['@tensorflow/*/dist/*'], message: 'Deep imports load a second copy of tfjs.' }],
        },
      ],
    },
  },
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable' } } },
  {
    files: ['scripts/**/*.mjs', '**/*.test.mjs'],
    languageOptions: { globals: { ...everywhere, setTimeout: 'readonly', AbortController: 'readonly' } },
  },
);
