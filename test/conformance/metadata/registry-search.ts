import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createRegistryRecords,
  createRegistryService,
  type RegistryRecords,
} from '../../../src/registry/index.ts'
import { searchRegistry } from '../../oracles/registry-search.ts'
import type { MetadataUnderTest } from '../metadata.ts'
import { trackedFiles } from './registry-fixture.ts'

const ada = { name: 'ada' }

export function registrySearchSuite({ db, clock }: MetadataUnderTest): void {
  let records: RegistryRecords
  beforeAll(() => {
    records = createRegistryRecords({ uow: db(), clock, ...trackedFiles() })
  })
  const tick = () => clock.set(clock.nowMicros() + 1_000n)
  const create = (name: string, tags = {}) => records.models.create({ name, tags }, ada)
  const register = (model: string, changes = {}) => {
    tick()
    return records.versions.create({ model, source: 'runs:/run_id/model', run: 'run_id', ...changes }, ada)
  }

  describe('registry search', () => {
    it('search equals a list in memory, in whatever pages it is read', async () => {
      const names = ['Zeta', 'alpha', 'alpha2', 'ümlaut', 'a_b']
      for (const [i, name] of names.entries()) {
        tick()
        await create(`s.${name}`, i % 2 === 0 ? { team: `t${i}` } : {})
      }
      await create('s.prompt', { 'mlflow.prompt.is_prompt': 'true' })
      for (let i = 0; i < 12; i++)
        await register(`s.${names[i % names.length]}`, {
          run: `r${i % 3}`,
          tags: i % 2 ? { n: String(i) } : {},
        })
      await records.versions.describe({ model: 's.alpha', version: 1 }, 'touched', ada)
      const everything = {
        models: (await records.models.search({ filter: "name LIKE 's.%'" })).items,
        prompts: (await records.models.search({ filter: "tags.`mlflow.prompt.is_prompt` = 'true'" })).items,
        versions: (await records.versions.search({ filter: "name LIKE 's.%'" })).items,
      }
      expect([everything.models.length, everything.prompts.length, everything.versions.length]).toEqual([
        5, 1, 12,
      ])
      await fc.assert(
        fc.asyncProperty(searchRegistry.queries, async query => {
          const wanted = searchRegistry.answer(query, everything)
          const found: string[] = []
          let cursor: string | undefined
          do {
            const text = {
              filter: query.filter,
              orderBy: query.orderBy,
              limit: query.limit,
              ...(cursor ? { cursor } : {}),
            }
            const page =
              query.of === 'models' ? await records.models.search(text) : await records.versions.search(text)
            found.push(...page.items.map(searchRegistry.nameOf))
            cursor = page.next
          } while (cursor !== undefined)
          expect(found).toEqual(wanted)
        }),
        { numRuns: 40 },
      )
    })

    it('takes back only page tokens of the same search, as they were given', async () => {
      await create('paged')
      for (let i = 0; i < 3; i++) await register('paged')
      const query = { filter: "name = 'paged'", limit: 1 }
      const { next = '' } = await records.versions.search(query)
      const again = await records.versions.search({ ...query, cursor: next })
      await register('paged')
      expect(await records.versions.search({ ...query, cursor: next })).toEqual(again)
      const flipped = Buffer.from(next, 'base64url')
      flipped[flipped.length - 2] = 0x39
      const refused = [
        { ...query, cursor: flipped.toString('base64url') },
        { ...query, filter: "name = 'other'", cursor: next },
        { ...query, orderBy: ['name'], cursor: next },
      ]
      for (const search of refused)
        await expect(records.versions.search(search)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
      await expect(records.models.search({ cursor: next })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    })

    it('keeps prompts apart from models', async () => {
      await create('asked', { 'mlflow.prompt.is_prompt': 'true' })
      const names = async (filter?: string) =>
        (await records.models.search(filter === undefined ? {} : { filter })).items.map(({ name }) => name)
      expect(await names()).not.toContain('asked')
      expect(await names("tags.`mlflow.prompt.is_prompt` = 'true'")).toContain('asked')
      expect(await names("name = 'asked' AND tag.`mlflow.prompt.is_prompt` != 'true'")).toEqual([])
      const listed = await createRegistryService({ uow: db(), clock }).listModels({ limit: 500 })
      expect(listed.items.map(({ name }) => name)).not.toContain('asked')
      await records.models.removeTag('asked', 'mlflow.prompt.is_prompt', ada)
      expect(await names()).toContain('asked')
    })
  })
}
