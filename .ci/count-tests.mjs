// Reads Jest's report. A test that was skipped or left for later counts as failed: in CI every test runs.
import { existsSync, readFileSync } from 'node:fs';

// eslint-disable-next-line no-control-regex -- the colours of a terminal
const beginning = (messages = []) => messages.map((message) => `\n${message.replace(/\u001b\[\d+m/g, '').split('\n').slice(0, 12).join('\n')}`).join('');

const [file, exitCode] = process.argv.slice(2);
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [], numTotalTests: 0 };
const faults = [];

for (const { name, status, message, assertionResults } of report.testResults) {
  const path = name.replace(`${process.cwd()}/`, '');
  if (status === 'failed' && assertionResults.length === 0) faults.push(`${path} did not run: ${message.trim().split('\n')[0]}`);
  for (const test of assertionResults) if (test.status !== 'passed') faults.push(`${path}: ${test.status}: ${test.fullName}${beginning(test.failureMessages)}`);
}
if (report.numTotalTests === 0) faults.push('No test ran.');
if (exitCode !== '0' && faults.length === 0) faults.push(`Jest ended with ${exitCode} though every test passed.`);

for (const fault of faults) console.log(fault);
console.log(`Tests: ${report.numPassedTests ?? 0} tests passed, ${faults.length} failed`);
process.exitCode = faults.length === 0 ? 0 : 1;
