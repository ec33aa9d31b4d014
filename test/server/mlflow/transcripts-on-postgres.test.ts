import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createVectorRuntime } from '../../../src/platform/vector-runtime.ts'
import { playFolder } from '../../../src/vectors/play-folder.ts'
import { withPostgres } from '../../services/postgres.ts'
import { root } from '../../support/root.ts'

describe('the transcripts of the dialect', () => {
  it('are answered on Postgres as they are on SQLite', async () => {
    const runtime = createVectorRuntime(withPostgres)
    const failed: string[] = []
    let steps = 0
    for await (const { path, cases } of playFolder(join(root, 'test', 'vectors', 'mlflow'), runtime)) {
      steps += cases.length
      for (const { name, outcome } of cases)
        if (outcome.state !== 'passed') failed.push(`${path}: ${name}: ${JSON.stringify(outcome)}`)
    }
    expect(failed).toEqual([])
    expect(steps).toBeGreaterThan(400)
  }, 120_000)
})
