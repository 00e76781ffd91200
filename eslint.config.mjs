import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Imports point downwards only. */
const directions = [
  { sourceTag: 'layer:contract', onlyDependOnLibsWithTags: ['layer:core'] },
  { sourceTag: 'layer:infra', onlyDependOnLibsWithTags: ['layer:infra', 'layer:contract', 'layer:core'] },
  { sourceTag: 'layer:client', onlyDependOnLibsWithTags: ['layer:client', 'layer:contract', 'layer:core'] },
  { sourceTag: 'layer:service', onlyDependOnLibsWithTags: ['layer:infra', 'layer:contract', 'layer:core'] },
  {
    sourceTag: 'layer:app',
    onlyDependOnLibsWithTags: [
      'layer:service',
      'layer:infra',
      'layer:client',
      'layer:contract',
      'layer:core',
    ],
  },
];

const boundaries = (coreConstraint) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    // The stack that tests and chaos run on is the house's, not a project's.
    allow: [
      'deploy/stack/(stack|local|state)$',
      'deploy/bench/pinned$',
      'deploy/(admin|backup|dead-letters)/',
    ],
    depConstraints: [
      { sourceTag: 'layer:core', onlyDependOnLibsWithTags: [], ...coreConstraint },
      ...directions,
    ],
  },
];

const coreGlobals = [
  'Date',
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'console',
  'Buffer',
  'crypto',
];

export default tseslint.config(
  { ignores: ['**/dist', '**/gen/**', '**/node_modules', '.nx', '.stack'] },
  ...tseslint.configs.recommended,
  ...tseslint.configs.stylistic,
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { '@nx': nx },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@nx/enforce-module-boundaries': boundaries({}),
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Nest modules are classes with static members only, and an options object may be empty by design.
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportAllDeclaration',
          message: 'No barrel files: import the file that defines the name.',
        },
      ],
    },
  },
  {
    // The core computes and nothing else: no I/O, clock, randomness or environment.
    files: ['libs/protocol/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries({ allowedExternalImports: [] }),
      'no-restricted-globals': ['error', ...coreGlobals],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'The core has no randomness.' },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: [
      'libs/bus/src/kafka-*.ts',
      'libs/bus/bench/**',
      '**/*.test.ts',
      '**/*.bench.ts',
      'deploy/**',
      '**/test/**',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'kafkajs', message: "Only the bus's Kafka adapter talks to Kafka." }] },
      ],
    },
  },
  {
    files: ['libs/protocol/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*', '@allora/*'], message: 'The core imports nothing of ours and no built-ins.' },
          ],
        },
      ],
    },
  },
  { files: ['**/*.test.ts', '**/test/**/*.ts', '**/*.bench.ts'], rules: { 'max-lines': 'off' } },
  prettier,
);
