import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkProject } from '../../src/definitions/index.ts'
import { parseTimestamp } from '../../src/kernel/time.ts'
import { loadProject, migrateFeast } from '../../src/projects/index.ts'
import { feastSdk } from '../services/feast.ts'
import { startFeastFront } from './feast-front.ts'

interface Read {
  readonly values: Readonly<Record<string, readonly unknown[]>>
  readonly statuses: readonly (readonly number[])[]
}
interface Used extends Readonly<Record<string, unknown>> {
  readonly errors: readonly (readonly [module: string, name: string, message: string])[]
}

/** Feast's FieldStatus. */
const [present, notFound] = [1, 3]

describe('the unmodified Feast SDK as a client', () => {
  let folder: string
  let front: Awaited<ReturnType<typeof startFeastFront>>
  let used: Used
  const read = (name: string): Read => used[name] as Read

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fettle-feast-'))
    const now = parseTimestamp('2026-03-01T12:00:00Z') ?? 0n
    const repository = join(folder, 'repository')
    front = await startFeastFront(folder, { clock: { nowMicros: () => now }, repository })
    const made = await feastSdk<{ views: string[] }>('make', repository, `${front.dataUrl}/feast`)
    expect(made.views).toEqual(['driver_plain', 'driver_stats'])
    used = await feastSdk<Used>('use', repository)
  }, 120_000)

  afterAll(async () => {
    await front.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('finds nothing in a view that was never written to', () => {
    expect(read('empty').values['trips']).toEqual([null])
    expect(read('empty').statuses).toEqual([[present], ...Array(6).fill([notFound])])
  })

  it('reads what it pushed, every type as it was', () => {
    expect(read('pushed').values).toEqual({
      driver_id: [1, 2, 4],
      conv_rate: [0.10000000149011612, 0.10000000149011612, null],
      acc_rate: [1, 2, null],
      trips: ['9007199254740994', '9007199254740995', null],
      note: ['driver 1', 'driver 2', null],
      seen_at: [1772323260, 1772323320, null],
      scores: [[0.5, 1], [0.5, 2], null],
    })
    expect(read('pushed').statuses.at(-1)).toEqual([present, present, notFound])
  })

  it('writes rows of one view, and materializes another from a Parquet file', () => {
    expect(read('written').statuses).toEqual([
      [present, present],
      [present, present],
    ])
    expect(read('materialized').values['trips']).toEqual(['9007199254740996', null])
    expect(read('materialized').statuses.at(-1)).toEqual([present, notFound])
  })

  it('reads a feature service with full names', () => {
    expect(Object.keys(read('service').values)).toEqual([
      'driver_id',
      'driver_stats__trips',
      'driver_stats__conv_rate',
    ])
    expect(read('service').statuses).toEqual([[present], [present], [present]])
  })

  it('rebuilds its own exceptions, and tells the place of other mistakes', () => {
    expect(used.errors.map(([module, name]) => `${module}.${name}`)).toEqual([
      'feast.errors.FeatureViewNotFoundException',
      'feast.errors.FeastObjectNotFoundException',
      'feast.errors.FeatureNameCollisionError',
      'feast.errors.FeatureServiceNotFoundException',
      'builtins.RuntimeError',
      'builtins.RuntimeError',
      'builtins.RuntimeError',
    ])
    expect(used.errors[0]?.[2]).toContain('nope')
    expect(used.errors[4]?.[2]).toContain('"loc":["body","entities","driver_id",0]')
    expect(used.errors[6]?.[2]).toContain('"loc":["body","start_ts"]')
    expect(used.errors[5]?.[2]).toContain('"loc":["body","df","event_timestamp",1]')
  })

  it('brings its registry over as definitions that hold', async () => {
    const project = join(folder, 'project')
    await mkdir(join(project, 'definitions'), { recursive: true })
    await writeFile(join(project, 'fettle.json'), '{ "project": "drivers" }')
    const migration = await migrateFeast(join(folder, 'repository'), project)
    await writeFile(join(project, 'definitions', 'from-feast.ts'), migration.text)
    const loaded = await loadProject(project)
    expect(checkProject(loaded)).toEqual([])
    const named = new Map(loaded.definitions.map(each => [`${each.kind} ${each.name}`, each]))
    expect([...named.keys()]).toEqual([
      'entity driver',
      'featureView driver_plain',
      'featureView driver_stats',
      'source driver_file',
      'source driver_push',
    ])
    expect(named.get('entity driver')).toMatchObject({ key: [{ name: 'driver_id', type: 'int64' }] })
    expect(named.get('featureView driver_plain')).toMatchObject({ source: 'driver_file', maxAge: '20h' })
    expect(named.get('featureView driver_stats')).toMatchObject({ source: 'driver_push', maxAge: '36500d' })
    expect(named.get('source driver_file')).toMatchObject({
      from: { kind: 'parquet', path: '../repository/data/driver_stats.parquet' },
      eventTime: 'event_timestamp',
      knownAt: { kind: 'column', column: 'created' },
    })
    expect(migration.notCarried.map(({ item }) => item)).toEqual([
      'feature view driver_stats, feature scores',
      'feature view driver_stats',
      'on-demand feature view rate_plus',
      'feature service driver_model',
    ])
    expect(migration.text).toContain('//         out["total"] = inputs["acc_rate"] + inputs["bonus"]')
  })

  it('writes nothing of a refused batch', () => {
    expect(read('after').values).toEqual({ driver_id: [4], trips: ['9007199254740997'] })
  })
})
