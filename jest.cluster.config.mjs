// `npm run test:cluster` (test/cluster/run.mjs): the usual suites with two nodes, then what only several nodes can get wrong.
import { fileURLToPath } from 'node:url';
import usual from './jest.config.mjs';
import { oneProcess } from './test/cluster/suites.mjs';

const rootDir = fileURLToPath(new URL('.', import.meta.url));

export const suites = { ...usual, rootDir, testPathIgnorePatterns: ['/node_modules/', '/test/faults/', ...oneProcess], testTimeout: 120_000 };

export const faults = { ...usual, rootDir, roots: ['<rootDir>/test/cluster/faults'], testPathIgnorePatterns: ['/node_modules/'], testTimeout: 900_000, verbose: true };
