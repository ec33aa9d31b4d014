import { expect, it } from 'vitest'
import { vectorRuntime } from '../../src/platform.ts'
import { playFolder } from '../../src/vectors/play-folder.ts'
import { reportOf } from '../../src/vectors/report.ts'

it('plays cases that random search once found wrong, shrunk', async () => {
  const failures: unknown[] = []
  let passed = 0
  for await (const file of playFolder('test/oracles/cases', await vectorRuntime())) {
    const report = reportOf(file)
    passed += report.passed
    failures.push(...report.failures)
  }
  expect(failures).toEqual([])
  expect(passed).toBe(7)
}, 20_000)
