import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../src/adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../src/adapters/online/lmdb/index.ts'
import { playFolder } from '../src/vectors/play-folder.ts'

/** Kinds that must pass whole; a case that is not yet implemented is allowed only for the reasons named here. */
const allowed = /^(feast tokens|online windows with |kind )/

const runtime = {
  createEngine: () => createDuckDBEngine({ threads: 2 }),
  openStore: (path: string) => openLmdbStore({ folder: path }),
}

describe('known answers', async () => {
  for await (const file of playFolder(resolve('test/vectors'), runtime)) {
    it(`${file.path} (${file.kind})`, () => {
      expect(file.cases.filter(each => each.outcome.state === 'failed')).toEqual([])
      const open = file.cases.flatMap(each =>
        each.outcome.state === 'not-implemented' ? [each.outcome.what] : [],
      )
      expect(open.filter(what => !allowed.test(what))).toEqual([])
    })
  }
})
