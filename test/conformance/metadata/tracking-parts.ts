import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFilesystemObjects } from '../../../src/adapters/objects/filesystem/index.ts'
import {
  createArtifactCollection,
  createTrackingService,
  type Tracking,
  trackingParts,
} from '../../../src/experiments/index.ts'
import { settableClock } from '../../../src/kernel/clock.ts'
import { parseDuration } from '../../../src/kernel/time.ts'
import { createRegistryRecords } from '../../../src/registry/index.ts'
import { toText } from '../../support/tracking.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const anna = { name: 'anna' }

/** What finds things, logged models and files, as the tracking service has them. */
export function trackingPartsSuite({ db, clock }: MetadataUnderTest): void {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-parts-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let tracking: Tracking
  let experiment = ''
  const open = async () => {
    const objects = await openFilesystemObjects(folder)
    const parts = trackingParts({ uow: db(), clock, objects })
    return createTrackingService({ uow: db(), clock, format: toText, parts })
  }
  beforeAll(async () => {
    tracking = await open()
    experiment = (await tracking.experiments.ensure('parts', anna)).id
  })
  const tick = () => clock.set(clock.nowMicros() + 1_000n)
  const start = (name: string) => {
    tick()
    return tracking.runs.create({ experiment, name, startedAt: clock.nowMicros() }, anna)
  }
  const actions = async (object: string) =>
    [...(await db().read.audit.list({ objectPrefix: object })).items].reverse().map(({ action }) => action)

  describe('a search', () => {
    const scope = () => ({ experiments: [experiment], view: 'active' }) as const
    beforeAll(async () => {
      for (let i = 0; i < 5; i++) {
        const { id } = await start(`s${i}`)
        const metrics = [{ key: 'auc', value: i === 2 ? Number.NaN : i / 10, step: i, at: 1n }]
        await tracking.runs.log(id, { metrics, params: [{ key: 'depth', value: String(i) }] }, anna)
      }
    })

    it('answers documents page by page; a cursor may be used again, by another process too', async () => {
      const query = { ...scope(), filter: "run_name LIKE 's%'", orderBy: ['metrics.auc DESC'], limit: 2 }
      const first = await tracking.runs.search(query)
      expect(first.documents).toHaveLength(2)
      const rest = { ...query, limit: 10, cursor: first.next ?? '' }
      const second = await tracking.runs.search(rest)
      expect(second.next).toBeUndefined()
      const names = [...first.documents, ...second.documents].map(text => JSON.parse(text).name)
      expect(names).toEqual(['s4', 's3', 's1', 's0', 's2'])
      expect(await (await open()).runs.search(rest)).toEqual(second)
    })

    it('refuses a cursor that was altered or is of another query', async () => {
      const query = { ...scope(), filter: "run_name LIKE 's%'", limit: 1 }
      const { next = '' } = await tracking.runs.search(query)
      const bytes = Buffer.from(next, 'base64url')
      bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20)
      const refused = { code: 'BAD_REQUEST', message: expect.stringContaining('token') }
      for (const other of [
        { ...query, cursor: bytes.toString('base64url') },
        { ...query, cursor: 'garbage!' },
        { ...query, cursor: next, filter: "run_name LIKE 't%'" },
        { ...query, cursor: next, orderBy: ['run_name'] },
        { ...query, cursor: next, view: 'all' as const },
        { ...query, cursor: next, experiments: ['0'] },
      ])
        await expect(tracking.runs.search(other)).rejects.toMatchObject(refused)
      await expect(tracking.runs.search({ ...query, limit: 0 })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      })
    })

    it('selects columns, counts, and names keys', async () => {
      const columns = [
        'params.depth',
        'metrics.auc',
        'metrics.auc.min',
        'tags.none',
        'run_name',
        'start_time',
      ]
      const { items } = await tracking.runs.select({
        ...scope(),
        filter: 'params.depth >= 2',
        columns,
        limit: 2,
      })
      expect(items.map(({ name, values }) => [name, ...values.slice(0, 5)])).toEqual([
        ['s4', '4', 0.4, 0.4, null, 's4'],
        ['s3', '3', 0.3, 0.3, null, 's3'],
      ])
      expect(items[0]?.values[5]).toBe(Number((items[0]?.startedAt ?? 0n) / 1_000n))
      expect(
        await tracking.runs.count({ ...scope(), filter: 'params.depth >= 2', precision: 'exact' }),
      ).toEqual({
        count: 3,
        exact: true,
      })
      const keys = (contains: string) =>
        tracking.runs.keys({ experiments: [experiment], kind: 'metrics', contains, limit: 10 })
      expect(await keys('U')).toEqual(['auc'])
      expect(await keys('_')).toEqual([])
      const nobody = { experiments: ['999', 'x'], view: 'all' } as const
      expect(await tracking.runs.search(nobody)).toEqual({ documents: [] })
    })

    it('reads a run without its metrics, and their names in pages', async () => {
      const { id } = await start('wide')
      const names = ['B', 'a', 'a_b', 'aXb', '\uff5a', '𝐀']
      const metrics = names.map(key => ({ key, value: 1, step: 0, at: clock.nowMicros() }))
      await tracking.runs.log(id, { metrics }, anna)
      const { metrics: _, ...outline } = await tracking.runs.get(id)
      expect(await tracking.runs.outline(id)).toEqual(outline)
      const page = (query: { contains?: string; after?: string; limit: number }) =>
        tracking.runs.metricNames({ run: id, ...query })
      expect(await page({ limit: 3 })).toEqual({ names: ['B', 'a', 'aXb'], total: 6 })
      expect(await page({ limit: 9, after: 'aXb' })).toEqual({ names: ['a_b', '\uff5a', '𝐀'], total: 6 })
      expect(await page({ limit: 0 })).toEqual({ names: [], total: 6 })
      expect(await page({ limit: 9, contains: 'A_' })).toEqual({ names: ['a_b'], total: 1 })
      expect(await page({ limit: 1, contains: 'b', after: 'B' })).toEqual({ names: ['aXb'], total: 3 })
      await expect(tracking.runs.outline('0'.repeat(32))).rejects.toMatchObject({
        code: 'EXPERIMENT_RUN_UNKNOWN',
      })
    })

    it('finds runs by liveness, and by the version they made', async () => {
      const { id } = await start('quiet')
      const find = async (filter: string) =>
        (await tracking.runs.search({ ...scope(), filter: `run_id = '${id}' AND ${filter}` })).documents
          .length
      expect(await find("liveness = 'alive'")).toBe(1)
      clock.set(clock.nowMicros() + parseDuration('2h'))
      expect([await find("liveness = 'silent'"), await find("liveness != 'lost'")]).toEqual([1, 1])
      await tracking.runs.update(id, { status: 'finished' }, anna)
      expect([await find("liveness = 'silent'"), await find("liveness = 'unwatched'")]).toEqual([0, 1])
      const objects = await openFilesystemObjects(folder)
      const records = createRegistryRecords({ uow: db(), clock, tracking, objects })
      await records.models.create({ name: 'searched' }, anna)
      const bytes = (async function* () {
        yield Buffer.from('x')
      })()
      await tracking.artifacts.put({ owner: { kind: 'run', id }, path: 'model/MLmodel', bytes }, anna)
      await records.versions.create({ model: 'searched', source: `runs:/${id}/model`, run: id }, anna)
      expect([await find("model.version = 'searched@1'"), await find("model.version ~ '@2$'")]).toEqual([
        1, 0,
      ])
    })

    it('finds experiments', async () => {
      const other = await tracking.experiments.create({ name: 'Parts ✓', tags: { team: 'ops' } }, anna)
      const find = async (filter: string, view: 'active' | 'deleted' = 'active') =>
        (await tracking.experiments.search({ filter, view, orderBy: ['name'] })).items.map(({ name }) => name)
      expect(await find("name ILIKE 'PARTS%'")).toEqual(['Parts ✓', 'parts'])
      expect(await find("name LIKE 'parts%'")).toEqual(['parts'])
      expect(await find("tags.team = 'ops'")).toEqual(['Parts ✓'])
      const page = await tracking.experiments.search({ filter: "name ILIKE 'parts%'", view: 'all', limit: 1 })
      expect(page.items[0]).toMatchObject({ id: other.id, tags: { team: 'ops' } })
      await tracking.experiments.remove(other.id, anna)
      expect(await find("name ILIKE 'PARTS%'", 'deleted')).toEqual(['Parts ✓'])
    })
  })

  describe('logged models', () => {
    it('are made, tagged, finished and deleted, each time as an event', async () => {
      const run = await start('trains')
      const model = await tracking.loggedModels.create(
        { experiment, name: 'model', sourceRun: run.id, params: { alpha: '0.5' } },
        anna,
      )
      expect(model).toMatchObject({
        status: 'pending',
        sourceRun: run.id,
        params: { alpha: '0.5' },
        metrics: [],
      })
      expect(model.artifactLocation).toBe(`mlflow-artifacts:/${experiment}/models/${model.id}/artifacts`)
      await tracking.loggedModels.setTags(model.id, { k: 'v' }, anna)
      await tracking.loggedModels.setTags(model.id, { k: 'v' }, anna)
      await tracking.loggedModels.removeTag(model.id, 'k', anna)
      await expect(tracking.loggedModels.removeTag(model.id, 'k', anna)).rejects.toMatchObject({
        code: 'TAG_UNKNOWN',
      })
      await tracking.loggedModels.logParams(model.id, { alpha: '0.5', beta: '' }, anna)
      const changed = tracking.loggedModels.logParams(model.id, { beta: '1', gamma: '2' }, anna)
      await expect(changed).rejects.toMatchObject({ code: 'PARAM_CHANGED' })
      const finished = await tracking.loggedModels.finish(model.id, 'ready', anna)
      expect(finished).toMatchObject({ status: 'ready', tags: {}, params: { alpha: '0.5', beta: '' } })
      await tracking.loggedModels.remove(model.id, anna)
      await expect(tracking.loggedModels.get(model.id)).rejects.toMatchObject({
        code: 'LOGGED_MODEL_UNKNOWN',
      })
      expect(await actions(`logged-model:${model.id}`)).toEqual([
        'logged-model.created',
        'logged-model.tagged',
        'logged-model.tag-removed',
        'logged-model.params-logged',
        'logged-model.ready',
        'logged-model.deleted',
      ])
    })

    it('are not made with a bad name, or in an experiment that is not there', async () => {
      for (const name of ['', 'a/b', 'a:b', 'a.b', 'a%b', 'a"b', "a'b"])
        await expect(tracking.loggedModels.create({ experiment, name }, anna)).rejects.toMatchObject({
          code: 'TRACKING_INVALID',
        })
      await expect(tracking.loggedModels.create({ experiment: '999' }, anna)).rejects.toMatchObject({
        code: 'EXPERIMENT_UNKNOWN',
      })
    })

    it('are found by metrics on datasets, and ordered by them', async () => {
      const run = await start('measures')
      const ids = new Map<string, string>()
      for (const [name, train, test] of [
        ['a', 0.9, 0.5],
        ['b', 0.8, 0.7],
        ['c', Number.NaN, undefined],
      ] as const) {
        tick()
        const { id } = await tracking.loggedModels.create({ experiment, name }, anna)
        ids.set(id, name)
        const point = { key: 'f1', step: 0, at: 1n, modelId: id }
        const metrics = [
          { ...point, value: train, dataset: { name: 'train', digest: 'd1' } },
          ...(test === undefined ? [] : [{ ...point, value: test, dataset: { name: 'test', digest: 'd2' } }]),
        ]
        await tracking.runs.log(run.id, { metrics }, anna)
      }
      type Query = Partial<Parameters<typeof tracking.loggedModels.search>[0]>
      const find = async (query: Query) => {
        const { items } = await tracking.loggedModels.search({
          experiments: [experiment],
          limit: 10,
          ...query,
        })
        return items.map(({ id }) => ids.get(id)).join('')
      }
      const on = (name: string) => ({ datasets: [{ name }] })
      expect(await find({})).toBe('cba')
      expect(await find({ filter: 'metrics.f1 > 0.6' })).toBe('ba')
      expect(await find({ filter: 'metrics.f1 > 0.6', ...on('test') })).toBe('b')
      expect(await find({ filter: 'metrics.f1 > 0.6', datasets: [{ name: 'test', digest: 'd1' }] })).toBe('')
      expect(await find(on('test'))).toBe('ba')
      const by = (ascending: boolean, datasetName: string) => ({
        orderBy: [{ field: 'metrics.f1', ascending, datasetName }],
      })
      expect(await find(by(true, 'train'))).toBe('bac')
      expect(await find(by(false, 'train'))).toBe('abc')
      expect(await find(by(false, 'test'))).toBe('bac')
      const page = await tracking.loggedModels.search({ experiments: [experiment], limit: 2 })
      const next = await tracking.loggedModels.search({
        experiments: [experiment],
        limit: 2,
        cursor: page.next ?? '',
      })
      expect([...page.items, ...next.items].map(({ id }) => ids.get(id)).join('')).toBe('cba')
      await expect(find({ filter: "name = 'a' OR name = 'b'" })).rejects.toThrow('Invalid filter string')
    })
  })

  describe('artifacts', () => {
    const text = async function* (...parts: string[]) {
      for (const part of parts) yield Buffer.from(part)
    }
    const readAll = async (bytes: AsyncIterable<Uint8Array>) => {
      const pieces: Uint8Array[] = []
      for await (const piece of bytes) pieces.push(piece)
      return Buffer.concat(pieces).toString()
    }

    it('are stored, listed, overwritten, read in part and removed', async () => {
      const run = await start('files')
      const owner = { kind: 'run', id: run.id } as const
      const put = (path: string, ...parts: string[]) =>
        tracking.artifacts.put({ owner, path, bytes: text(...parts) }, anna)
      const first = await put('a.txt', 'al', 'pha')
      await put('d/b c.json', '{}')
      await put('d.txt', 'beside the folder')
      await put('d/e/empty', '')
      await put('a.txt', 'alpha')
      expect(await tracking.artifacts.list(owner, '')).toEqual([
        { path: 'd', folder: true, bytes: null },
        { path: 'a.txt', folder: false, bytes: 5 },
        { path: 'd.txt', folder: false, bytes: 17 },
      ])
      expect((await tracking.artifacts.list(owner, 'd'))?.map(({ path }) => path)).toEqual([
        'd/e',
        'd/b c.json',
      ])
      expect(await tracking.artifacts.list(owner, 'a.txt')).toEqual([])
      expect(await tracking.artifacts.list(owner, 'nothing')).toBeUndefined()
      const second = await put('a.txt', 'beta!')
      expect(await readAll(tracking.artifacts.read(second, { start: 1, end: 3 }))).toBe('et')
      expect(await readAll(tracking.artifacts.read(first))).toBe('alpha')
      expect(await tracking.artifacts.find(owner, 'a.txt')).toEqual(second)
      await expect(tracking.artifacts.find(owner, 'd')).rejects.toMatchObject({ code: 'ARTIFACT_UNKNOWN' })
      await tracking.artifacts.remove(owner, 'd', anna)
      await tracking.artifacts.remove(owner, 'd', anna)
      expect((await tracking.artifacts.all(owner)).map(({ path }) => path)).toEqual(['a.txt', 'd.txt'])
      await put('d/again', 'x')
      expect(await tracking.artifacts.list(owner, 'd')).toEqual([
        { path: 'd/again', folder: false, bytes: 1 },
      ])
      const made = (await actions(`experiment-run:${run.id}`)).filter(action => action.startsWith('artifact'))
      expect(made).toEqual([...Array(5).fill('artifact.stored'), 'artifact.removed', 'artifact.stored'])
    })

    it('leave nothing behind when the upload is not what was announced', async () => {
      const run = await start('cut')
      const owner = { kind: 'run', id: run.id } as const
      for (const expected of [{ bytes: 4 }, { bytes: 6 }, { hash: `sha256:${'0'.repeat(64)}` }]) {
        const put = tracking.artifacts.put({ owner, path: 'x', bytes: text('alpha'), expect: expected }, anna)
        await expect(put).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' })
      }
      expect(await tracking.artifacts.all(owner)).toEqual([])
    })

    it('have paths that lead nowhere else', async () => {
      const owner = { kind: 'path', id: 'proxy' } as const
      for (const path of [
        '',
        '.',
        '..',
        'a/../b',
        '/etc',
        'a//b',
        'a/',
        'a\\b',
        'a#b',
        'a\u0000',
        'a\nb',
        '%2e%2e/x',
        'a%2Fb',
        '%252e',
        'x'.repeat(4_096),
      ])
        await expect(tracking.artifacts.put({ owner, path, bytes: text('x') }, anna)).rejects.toMatchObject({
          code: 'ARTIFACT_PATH_INVALID',
        })
      for (const path of ['a b+c&d=e', 'größe/…', '100%', '..a', 'a..b/.hidden'])
        await tracking.artifacts.put({ owner, path, bytes: text('x') }, anna)
      expect(await tracking.artifacts.all(owner)).toHaveLength(5)
    })

    it('are whose their location is', async () => {
      const run = await start('located')
      const model = await tracking.loggedModels.create({ experiment }, anna)
      const { resolve } = tracking.artifacts
      const runFiles = { kind: 'run', id: run.id }
      const modelFiles = { kind: 'loggedModel', id: model.id }
      expect(await resolve(`${run.artifactLocation}/d/x`)).toEqual({ owner: runFiles, path: 'd/x' })
      expect(await resolve(`${experiment}/${run.id}/artifacts`)).toEqual({ owner: runFiles, path: '' })
      expect(await resolve(`${model.artifactLocation}/x`)).toEqual({ owner: modelFiles, path: 'x' })
      expect(await resolve(`runs:/${run.id}/x`)).toEqual({ owner: runFiles, path: 'x' })
      for (const elsewhere of [
        `999/${run.id}/artifacts/x`,
        `${experiment}/${'0'.repeat(32)}/artifacts/x`,
        'x',
      ])
        expect(await resolve(elsewhere)).toMatchObject({ owner: { kind: 'path' }, path: elsewhere })
      for (const bad of ['mlflow-artifacts:/../x', 'file:///etc/passwd', '/etc', 's3://bucket/x'])
        await expect(resolve(bad)).rejects.toMatchObject({ code: 'ARTIFACT_PATH_INVALID' })
    })

    it('are removed when nobody uses them any more, and not before', async () => {
      const objects = await openFilesystemObjects(folder)
      const later = settableClock(BigInt(Date.now()) * 1_000n + parseDuration('2d'))
      const collection = createArtifactCollection({ uow: db(), clock: later, objects })
      const run = await start('collected')
      const owner = { kind: 'run', id: run.id } as const
      const put = (path: string, content: string) =>
        tracking.artifacts.put({ owner, path, bytes: text(content) }, anna)
      const replaced = await put('x', 'first')
      const present = await put('x', 'second')
      const part = await objects.putBytes(Buffer.from('a part'))
      await put('manifest.json', JSON.stringify({ parts: [part.hash] }))
      const lost = await objects.putBytes(Buffer.from('nobody knows of it'))
      const grace = parseDuration('1d')
      const { unused, users } = await collection.usage()
      expect(unused.objects).toBeGreaterThanOrEqual(2)
      expect(users.find(({ user }) => user === 'runs')?.bytes).toBeGreaterThan(0)
      const before = [replaced, present, part, lost].map(({ hash }) => hash)
      const there = async () => Promise.all(before.map(hash => objects.has(hash)))
      const planned = await collection.collect({ grace, dryRun: true }, anna)
      expect(planned).toMatchObject({ objects: unused.objects, bytes: unused.bytes, dryRun: true })
      expect(await there()).toEqual([true, true, true, true])
      const young = await collection.collect({ grace: parseDuration('3d'), dryRun: false }, anna)
      expect(young).toMatchObject({ objects: 0 })
      expect(await collection.collect({ grace, dryRun: false }, anna)).toEqual({ ...planned, dryRun: false })
      expect(await there()).toEqual([false, true, true, false])
      expect(await collection.collect({ grace, dryRun: false }, anna)).toMatchObject({ objects: 0, bytes: 0 })
      expect(await actions('artifacts:all')).toEqual(['artifacts.collected'])
    })

    it('are not taken for a deleted run', async () => {
      const run = await start('deleted')
      await tracking.runs.remove(run.id, anna)
      const put = tracking.artifacts.put(
        { owner: { kind: 'run', id: run.id }, path: 'x', bytes: text('x') },
        anna,
      )
      await expect(put).rejects.toMatchObject({ code: 'TRACKING_DELETED' })
    })
  })
}
