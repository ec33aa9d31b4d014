// Prints "N passed, N failed, N skipped" from vitest's JSON report, as the last word of bin/test.
import { readFileSync } from 'node:fs'

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites, success } =
  JSON.parse(readFileSync(process.argv[2], 'utf8'))
// A file that cannot be loaded fails without a failed test in it.
const failed = Math.max(numFailedTests, success ? 0 : 1, numFailedTestSuites > 0 ? 1 : 0)
console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped`)
process.exitCode = failed === 0 && numPassedTests > 0 ? 0 : 1
