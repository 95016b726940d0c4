// The fault runs: a command of their own (test/faults/run.mjs), as they end processes and take their time.
import { fileURLToPath } from 'node:url';
import usual from './jest.config.mjs';

const { moduleNameMapper, testEnvironment, testMatch, transform, transformIgnorePatterns } = usual;

export default {
  rootDir: fileURLToPath(new URL('.', import.meta.url)),
  roots: ['<rootDir>/test/faults'],
  moduleNameMapper, testEnvironment, testMatch, transform, transformIgnorePatterns,
  testTimeout: 600_000,
  verbose: true,
};
