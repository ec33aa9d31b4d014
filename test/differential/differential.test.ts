import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { vectorRuntime } from '../../src/platform/vector-runtime.ts'
import { playFolder } from '../../src/vectors/play-folder.ts'

describe('answers of the independent implementation in Python', async () => {
  for await (const file of playFolder(resolve('test/differential/cases'), vectorRuntime)) {
    it(`${file.path}`, () => {
      expect(file.cases.length).toBeGreaterThan(0)
      expect(file.cases.filter(each => each.outcome.state !== 'passed')).toEqual([])
    })
  }
})
