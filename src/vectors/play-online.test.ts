import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import { parseLosslessJson } from '../kernel/values/index.ts'
import { playOnlineCase } from './play-online.ts'
import { list, object, textOf } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-online-vectors-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

for (const file of ['online.json', 'writes.json']) {
  describe(`known answers of ${file}`, () => {
    const json = object(
      parseLosslessJson(readFileSync(join(import.meta.dirname, '../../test/vectors/features', file), 'utf8')),
    )
    list(json.get('cases')).forEach((each, index) => {
      it(textOf(object(each).get('name')), async () => {
        const { outcome, detail } = await playOnlineCase(each, {
          openStore: async () => openLmdbStore({ folder: join(folder, `${file}-${index}`) }),
        })
        if (outcome === 'not-implemented') expect(detail).toMatch(/^online windows with /)
        else expect({ outcome, detail }).toEqual({ outcome: 'passed', detail: undefined })
      })
    })
  })
}
