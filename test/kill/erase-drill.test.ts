import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { duckdbStoredRows } from '../../src/adapters/engines/duckdb/stored-rows.ts'
import type { TrainingSetManifest } from '../../src/features/index.ts'
import { cellStatus, cellValues } from '../../src/features/online/cells.ts'
import { verifyFiles } from '../../src/features/training-sets/verify.ts'
import type { ErasureReceipt } from '../../src/governance/index.ts'
import { openDecisionLog } from '../../src/platform/decision-log.ts'
import type { DecisionRecord } from '../../src/serving/index.ts'
import {
  build,
  done,
  filesWith,
  fillGround,
  type Ground,
  load,
  noon,
  openGround,
  person,
  push,
  served,
} from './erase-ground.ts'

const other = `person-${randomBytes(12).toString('hex')}`

const isErased = ({ states }: DecisionRecord) => states.includes('erased')

/** A person planted everywhere, with bytes that stand nowhere else. */
describe('erasing a person', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-erase-'))
  let ground: Ground
  let before: TrainingSetManifest
  let receipt: ErasureReceipt
  const manifestNow = async () =>
    (await ground.database.read.definitions.findBuild('trainingSet', before.id))
      ?.report as unknown as TrainingSetManifest

  const outsideTheStore = async (text: string) =>
    (await filesWith(ground, text)).filter(each => !each.startsWith('online/'))

  beforeAll(async () => {
    ground = await openGround(folder)
    await fillGround(ground, ['ann', other, person])
    before = (await ground.database.read.definitions.listBuildsOf('trainingSet'))[0]?.report as never
  })
  afterAll(async () => {
    await ground.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('finds the person in every place before', async () => {
    const { places } = await ground.erasures.resolve('customer', [person])
    for (const place of places)
      expect(place, JSON.stringify(places)).toMatchObject({ found: expect.toSatisfy((n: number) => n > 0) })
    const files = await filesWith(ground, person)
    for (const part of ['online', 'journal', 'quarantine', 'objects', 'meta.sqlite'])
      expect(
        files.some(each => each.includes(part)),
        `${part} in ${files}`,
      ).toBe(true)
    expect((await served(ground, person)).columns).toHaveLength(3)
  })

  it('leaves no byte of the person but where the receipt says so', async () => {
    const started = await ground.erasures.request(
      { entity: 'customer', key: [person], reason: 'case 7' },
      { name: 'mila' },
    )
    receipt = await done(ground, started.id)
    expect(receipt.stores.map(({ store, left }) => [store, left])).toEqual(
      [
        ...['online', 'journal', 'quarantine', 'check-reports', 'training-sets'],
        ...['feedback', 'feedback-log', 'prediction-log', 'decisions'],
      ].map(store => [store, 0]),
    )
    expect(receipt.open.map(({ what }) => what)).toEqual(['freed pages of the online store file'])
    expect(await outsideTheStore(person)).toEqual([])
    expect(JSON.stringify(receipt)).not.toContain(person)
    for (const each of ['journal', 'objects', 'meta.sqlite'])
      expect((await filesWith(ground, other)).some(file => file.includes(each))).toBe(true)
  })

  it('leaves the decisions, and what was said of them, about nobody', async () => {
    const reader = openDecisionLog(ground.folders)
    const { items } = await reader.search({ deployment: 'shop' }, { limit: 50 })
    const [gone, kept] = [items.filter(isErased), items.filter(each => !isErased(each))]
    expect([gone.length, kept.length]).toEqual([2, 4])
    expect(gone.map(each => [each.entity, each.score, each.states])).toEqual(
      [0, 0].map(() => [{ customer: null, remark: null }, 0.5, ['erased', 'erased']]),
    )
    expect(gone.every(({ vector, eventTimes }) => vector.every(Number.isNaN) && eventTimes[0] === null)).toBe(
      true,
    )
    expect(kept.map(each => each.entity['remark'])).toContain(`remark of ${other}`)
    expect(kept.every(({ vector, eventTimes }) => vector[0] !== undefined && eventTimes[0] === noon)).toBe(
      true,
    )
    const said = (await ground.database.read.feedback.list({ deployment: 'shop', limit: 50 })).items
    expect(said.map(each => each.note).filter(each => each === null)).toHaveLength(4)
    expect(said.filter(each => each.actor === `agent of ${other}`)).toHaveLength(4)
    expect(said.every(each => each.value === 1)).toBe(true)
  })

  it('is not found by reads, refused by writes, and not brought back by a run', async () => {
    const answers = async (who: string) =>
      (await served(ground, who)).columns.map(({ cells }) => [cellValues(cells)[0], cellStatus(cells, 0)])
    expect(await answers(other)).toContainEqual([`note of ${other}`, 'PRESENT'])
    expect((await answers(person)).map(([, status]) => status)).toEqual([
      'NOT_FOUND',
      'NOT_FOUND',
      'NOT_FOUND',
    ])
    for (const to of [undefined, 'offline'] as const) {
      const again = await push(ground, 'orders', [['o-9', person, 'back', noon]], to)
      expect(again).toMatchObject({
        rejected: 1,
        rows: [{ row: 0, outcome: 'rejected', code: 'KEY_ERASED' }],
      })
    }
    await load(ground)
    expect((await ground.erasures.resolve('customer', [person])).places.map(({ found }) => found)).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 0,
    ])
  })

  it('rewrites the training set: its id and row numbers stay, its bytes verify, the former ones are gone', async () => {
    const now = await manifestNow()
    expect(now).toMatchObject({
      id: before.id,
      rows: 2,
      redacted: 1,
      former: [{ receipt: receipt.receipt, rows: 3, checksum: before.checksum }],
    })
    expect(receipt.datasets).toEqual([{ id: before.id, name: 'buyers', rows: 1 }])
    expect(await ground.objects.has(`sha256:${before.files[0]?.sha256}`)).toBe(false)
    const path = ground.objects.localPath(`sha256:${now.files[0]?.sha256}`) ?? ''
    expect(statSync(path).size).toBe(now.files[0]?.bytes)
    const rows = duckdbStoredRows(createDuckDBEngine({ temporaryFolder: folder }))
    expect(await verifyFiles(now, { path, rows, byColumn: false })).toMatchObject({ ok: true, rows: 2 })
  })

  it('leaves the person out of what is built later, and says how often', async () => {
    await push(ground, 'visits', [['v-late', other, 'again', true, noon - 1n]])
    const later = await build(ground, noon + 1n)
    expect(later.rows).toBe(3)
    expect(await outsideTheStore(person)).toEqual([])
  })

  it('gives the same receipt when asked again, and knows its own', async () => {
    const again = await ground.erasures.request(
      { entity: 'customer', key: [person], reason: 'case 8' },
      { name: 'jon' },
    )
    expect(again.receipt).toEqual(receipt)
    expect(await ground.erasures.verify(receipt)).toEqual([])
    expect(await ground.erasures.verify({ ...receipt, by: ['eve'] })).toHaveLength(1)
    expect((await ground.erasures.verify({ ...receipt, receipt: 'ers_0' })).length).toBeGreaterThan(1)
    expect(receipt.outside).toMatchObject([
      { source: 'accounts', statement: 'DELETE FROM crm.accounts WHERE "customer" = :customer' },
    ])
  })

  it('refuses what names nobody, and a reason that tells the key', async () => {
    const { erasures } = ground
    await expect(erasures.resolve('customer', [])).rejects.toMatchObject({ code: 'KEY_MISSING' })
    await expect(erasures.resolve('customer', [''])).rejects.toMatchObject({ code: 'KEY_MISSING' })
    await expect(erasures.resolve('customer', ['*'])).rejects.toMatchObject({ code: 'KEY_MISSING' })
    await expect(erasures.resolve('shop', ['a'])).rejects.toMatchObject({ code: 'ENTITY_UNKNOWN' })
    const telling = erasures.request(
      { entity: 'customer', key: [other], reason: `for ${other}` },
      { name: 'mila' },
    )
    await expect(telling).rejects.toMatchObject({ code: 'USAGE' })
    const nobody = await erasures.request(
      { entity: 'customer', key: ['nobody'], reason: 'case 9' },
      { name: 'mila' },
    )
    expect((await done(ground, nobody.id)).stores.every(({ found, left }) => found === 0 && left === 0)).toBe(
      true,
    )
  })
})
