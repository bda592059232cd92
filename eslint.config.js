import { defineConfig } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import security from 'eslint-plugin-security';
import tseslint from 'typescript-eslint';
import { describedDisable } from './infra/guards/describedDisable.js';

const typescript = ['**/*.ts', '**/*.tsx', '**/*.mts'];
const tests = ['**/*.test.ts', '**/*.test.tsx', '**/test/**', '**/testing/**', 'e2e/**'];

const consoleMessage = 'Production code has one voice: the redacting log of packages/service.';
const silentMessage = 'This package handles keys and plaintext: it has no way to write anything anywhere.';

/** What code that holds keys or plaintext may not even name: ways to write, to send and to keep. */
const waysOut = [
  ...['console', 'reportError', 'alert'],
  ...['fetch', 'XMLHttpRequest', 'WebSocket', 'WebTransport', 'EventSource', 'BroadcastChannel'],
  ...['indexedDB', 'localStorage', 'sessionStorage', 'caches', 'navigator'],
];

export default defineConfig(
  {
    ignores: [
      '**/node_modules/',
      '**/.next/',
      '**/.turbo/',
      '**/out/',
      '**/.sotto/',
      '**/next-env.d.ts',
      'reports/',
      'e2e/test-results/',
    ],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    plugins: { sotto: { rules: { 'described-disable': describedDisable } } },
    rules: { 'sotto/described-disable': 'error' },
  },
  {
    files: typescript,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // A type alias and an interface say the same; the codebase uses each where it reads better.
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // There is no enum to assign to (`erasableSyntaxOnly`), and looking for one takes a quarter of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // An async function without `await` is how a synchronous answer fits an asynchronous port.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: [...typescript, '**/*.js', '**/*.mjs'],
    plugins: { security },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-debugger': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'A closed set is an `as const` object or a tagged union.' },
        { selector: 'ExportAllDeclaration', message: 'Name what leaves the module.' },
      ],
      eqeqeq: ['error', 'always'],
      'security/detect-bidi-characters': 'error',
      'security/detect-buffer-noassert': 'error',
      'security/detect-eval-with-expression': 'error',
      'security/detect-new-buffer': 'error',
      'security/detect-pseudoRandomBytes': 'error',
    },
  },
  {
    files: [...typescript, '**/*.js', '**/*.mjs'],
    ignores: [...tests, 'infra/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Random values come from the platform’s cryptography.' },
      ],
      'no-restricted-globals': ['error', { name: 'console', message: consoleMessage }],
    },
  },
  {
    files: ['apps/web/**/recording/**'],
    ignores: tests,
    rules: { 'no-restricted-globals': ['error', { name: 'console', message: silentMessage }] },
  },
  {
    files: ['packages/e2ee/src/**', 'packages/vault/src/**'],
    ignores: tests,
    rules: {
      'no-restricted-globals': ['error', ...waysOut.map((name) => ({ name, message: silentMessage }))],
      'no-restricted-properties': [
        'error',
        ...['globalThis', 'self', 'window'].flatMap((object) =>
          waysOut.map((property) => ({ object, property, message: silentMessage })),
        ),
        { object: 'Math', property: 'random', message: 'Random values come from the platform’s cryptography.' },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['pino', 'pino/*', '@sotto/service', '@sotto/service/*'], message: silentMessage }] },
      ],
    },
  },
  {
    files: ['apps/web/**/*.ts', 'apps/web/**/*.tsx'],
    extends: [reactHooks.configs.flat['recommended-latest']],
  },
  {
    // The two commands talk to the person at the terminal: that is their output, not a log.
    files: ['infra/**', 'e2e/**', '**/*.test.ts', '**/*.test.tsx'],
    rules: { 'no-console': 'off' },
  },
);
