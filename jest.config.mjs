// Jest runs CommonJS here: swc compiles our sources and the ESM-only dependencies alike (see CONTRIBUTING, "Tests").
const esmOnly = [
  '@nestjs', '@fastify/static', '@fastify/cookie', 'content-disposition', 'cookie', 'file-type', 'strtok3', 'token-types', 'uint8array-extras',
  '@tokenizer', '@borewit', 'openid-client', 'oauth4webapi', 'jose', '@zxcvbn-ts', 'load-esm', 'uuid',
];

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/test/faults/', '/test/cluster/faults/'],
  testSequencer: '<rootDir>/test/setup/longest-first.mjs',
  globalSetup: '<rootDir>/test/setup/global-setup.mjs',
  globalTeardown: '<rootDir>/test/setup/global-teardown.mjs',
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  transform: {
    '\\.[cm]?[jt]s$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  // A test that hangs ends some day; one that only waits for a busy machine does not fail.
  testTimeout: 120_000,
  // More than cores: much of a run is waiting, for clocks, sockets and browsers.
  maxWorkers: 3,
};
