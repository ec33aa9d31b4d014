import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MetadataDatabase, openMetadata } from '../../src/adapters/metadata/index.ts'
import { createSavedViewService, type SavedViewService } from '../../src/experiments/index.ts'
import { settableClock } from '../../src/kernel/clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-views-'))
const mila = { name: 'mila' }
const noor = { name: 'noor' }
const known = { metrics: ['auc', 'auc.min'], params: ['depth'], tags: [] as string[] }
let database: MetadataDatabase
let views: SavedViewService

beforeAll(async () => {
  database = await openMetadata({ kind: 'sqlite', path: join(folder, 'metadata.db') })
  await database.migrate()
  views = createSavedViewService({
    uow: database,
    clock: settableClock(5_000_000n),
    runs: { keys: async ({ kind, contains = '' }) => known[kind].filter(key => key.includes(contains)) },
  })
})
afterAll(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('saved views', () => {
  it('keep every version, with who saved it', async () => {
    const first = await views.create({ experiment: '1', name: 'best', content: { filter: 'a' } }, mila)
    const second = await views.change(
      { id: first.id, base: 1, name: 'best of all', content: { filter: 'b', columns: ['state'] } },
      mila,
    )
    expect(second).toMatchObject({ version: 2, name: 'best of all', owner: 'mila', at: 5_000_000n })
    expect(await views.get(first.id)).toEqual(second)
    expect(await views.get(first.id, 1)).toEqual(first)
    expect((await views.versions(first.id)).map(each => [each.version, each.by])).toEqual([
      [2, 'mila'],
      [1, 'mila'],
    ])
    expect(await views.list('1')).toEqual([second])
    expect(await views.list('2')).toEqual([])
  })

  it('are changed and removed by their owner only, from the newest version only', async () => {
    const { id } = await views.create({ experiment: '1', name: 'mine', content: {} }, mila)
    await expect(views.change({ id, base: 1, content: {} }, noor)).rejects.toMatchObject({
      code: 'VIEW_NOT_YOURS',
    })
    await expect(views.remove(id, noor)).rejects.toMatchObject({ code: 'VIEW_NOT_YOURS' })
    await expect(views.change({ id, base: 2, content: {} }, mila)).rejects.toMatchObject({
      code: 'VIEW_CHANGED',
    })
    await views.remove(id, mila)
    await expect(views.get(id)).rejects.toMatchObject({ code: 'VIEW_UNKNOWN' })
    expect(await views.versions(id)).toEqual([])
  })

  it('have a name of their own in an experiment', async () => {
    await views.create({ experiment: '3', name: 'taken', content: {} }, mila)
    await expect(views.create({ experiment: '3', name: 'taken', content: {} }, noor)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    })
    const other = await views.create({ experiment: '4', name: 'taken', content: {} }, noor)
    await expect(views.change({ id: other.id, base: 1, name: ' ', content: {} }, noor)).rejects.toMatchObject(
      { code: 'TRACKING_INVALID' },
    )
  })

  it('name the columns that no run has any more', async () => {
    const columns = [
      'state',
      'metrics.auc',
      'metrics.auc.min',
      'metrics.gone.max',
      'params.depth',
      'tags.team',
    ]
    const view = await views.create({ experiment: '5', name: 'old', content: { columns } }, mila)
    expect(await views.vanished(view)).toEqual(['metrics.gone.max', 'tags.team'])
  })

  it('leave a row in the audit for every change', async () => {
    const { items } = await database.read.audit.list({ limit: 50 })
    const actions = items.map(event => event.action)
    expect(actions.filter(action => action === 'saved-view.created')).toHaveLength(5)
    expect(actions.filter(action => action === 'saved-view.changed')).toHaveLength(1)
    expect(actions.filter(action => action === 'saved-view.removed')).toHaveLength(1)
  })
})
