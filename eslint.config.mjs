// Typed rules that find bugs, the house budgets as rules, and nothing about looks.
import { defineConfig } from 'eslint/config';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));

/** At most four parameters. A constructor that injects may take more, which max-params cannot say. */
const fewParameters = [
  'FunctionDeclaration[params.length>4]',
  'ArrowFunctionExpression[params.length>4]',
  ':not(MethodDefinition[kind="constructor"]) > FunctionExpression[params.length>4]',
].map((selector) => ({ selector, message: 'At most four parameters: pass one object.' }));

const namedExports = { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that every import says what it takes.' };

const nothingSkipped = [
  'CallExpression MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|todo|failing)$/]',
  'CallExpression MemberExpression[object.property.name=/^(each|concurrent)$/][property.name=/^(skip|only|todo|failing)$/]',
  'CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]',
].map((selector) => ({ selector, message: 'A test runs, or it is not there.' }));

/** The core rules that catch a mistake which neither tsc nor the typed rules see. */
const mistakes = [
  'no-async-promise-executor', 'no-case-declarations', 'no-cond-assign', 'no-constant-binary-expression', 'no-constant-condition',
  'no-control-regex', 'no-dupe-else-if', 'no-duplicate-case', 'no-empty', 'no-empty-character-class', 'no-fallthrough',
  'no-irregular-whitespace', 'no-loss-of-precision', 'no-misleading-character-class', 'no-self-assign', 'no-self-compare',
  'no-sparse-arrays', 'no-template-curly-in-string', 'no-unreachable-loop', 'no-unsafe-finally', 'no-useless-assignment',
  'no-useless-catch', 'no-useless-escape', 'preserve-caught-error',
];

const everywhere = {
  ...Object.fromEntries(mistakes.map((rule) => [rule, 'error'])),
  eqeqeq: 'error',
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
  'no-console': 'error',
  'no-restricted-syntax': ['error', ...fewParameters],
  'no-else-return': 'error',
  'no-useless-return': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
};

const typed = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }], // leaves decorated files alone
  '@typescript-eslint/no-deprecated': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-invalid-void-type': 'error',
  '@typescript-eslint/no-meaningless-void-operator': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: true, attributes: false } }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/require-await': 'off', // a method that answers a promise is async, so that a refusal is a rejection
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
};

/** A test reads answers of any shape: the assertion is the type check. */
const looser = Object.fromEntries(
  ['argument', 'assignment', 'call', 'member-access', 'return'].map((what) => [`@typescript-eslint/no-unsafe-${what}`, 'off']),
);

export default defineConfig(
  { ignores: ['dist/', 'data/', 'coverage/', '.cache/', '**/node_modules/', '**/dist/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.{ts,tsx}'], extends: [tseslint.configs.recommendedTypeChecked], rules: { ...everywhere, ...typed } },
  { files: ['**/*.{ts,tsx}'], languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: nodeGlobals },
    rules: { ...everywhere, 'no-console': 'off', 'no-undef': 'error', 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }] },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...fewParameters, namedExports],
    },
  },
  { files: ['src/main.ts', 'src/docs/write.ts', 'src/database/{psql,drift}.ts', 'bench/**'], rules: { 'no-console': 'off' } },
  { files: ['{tools,bench,.ci}/**/*.mjs'], rules: { 'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }] } },
  {
    files: ['web/src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'react-hooks/exhaustive-deps': 'error',
      'react-hooks/rules-of-hooks': 'error',
    },
  },
  {
    files: ['test/**'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...fewParameters, ...nothingSkipped],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { ...looser, '@typescript-eslint/no-deprecated': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
  { files: ['test/**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } }, // a describe block is one function
);
