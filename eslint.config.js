import eslint from '@eslint/js'
import tseslint from 'typescript-eslint'

// The limits of a file and a function are those a reader can hold in mind at once.
const limits = {
  'max-lines': ['error', { max: 300 }],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
}

// Ring 1 decides; it does not do. Whatever would let it touch the world is an error there.
const pure = {
  'no-restricted-imports': ['error', { patterns: ['node:*', '**/net/**', '**/server/**', '**/cli/**'] }],
  'no-restricted-globals': ['error', 'Buffer', 'process', 'console', 'setTimeout', 'setInterval'],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now' },
    { object: 'Math', property: 'random' },
  ],
}

export default tseslint.config(
  { ignores: ['dist/', '.build/', '.tap/', '.stryker-tmp/', 'reports/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    // For tests these read the compiled declarations of the sources. The project service would read the sources once more.
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'test/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // What an index is known to hold is said with `as`: `!` is too easily overlooked.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // tap itself awaits its subtests, and takes only asynchronous ones or ones that end by hand.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafePromises: [
            { from: 'package', package: '@tapjs/core', name: 'PromiseWithSubtest' },
          ],
        },
      ],
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['src/**/*.ts'], rules: limits },
  {
    files: ['src/protocol/**/*.ts', 'src/memory/**/*.ts', 'src/flood/**/*.ts', 'src/link/**/*.ts'],
    rules: pure,
  },
  // It converts between bytes and text for all of them.
  {
    files: ['src/protocol/bytes.ts'],
    languageOptions: { globals: { Buffer: 'readonly' } },
    rules: { 'no-restricted-globals': 'off' },
  },
  { files: ['bin/*.js', 'eslint.config.js'], languageOptions: { globals: { process: 'readonly' } } },
)
