import { beforeAll, describe, expect, it } from 'vitest'
import {
  createRegistryService,
  type NewModelVersion,
  type RegistryService,
} from '../../../src/registry/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const hashOf = (digit: string) => `sha256:${digit.repeat(64)}`

/** A version whose bytes differ by `digit`. */
function newVersion(model: string, digit: string, changes: Partial<NewModelVersion> = {}): NewModelVersion {
  return {
    model,
    experimentRun: 'run_1',
    pipelineRun: null,
    format: 'linear',
    signature: {
      inputs: [{ name: 'delay', type: 'float64', nullable: true }],
      outputs: [{ name: 'score', type: 'float64', nullable: false }],
    },
    metrics: { auc: 0.7, lift: { undefined: 'one class only' } },
    trainingSet: { id: 'ts_1', checksum: hashOf('c'), rows: 10 },
    environment: { node: '20' },
    files: [{ path: 'linear.json', hash: hashOf(digit), bytes: 10 }],
    evaluation: { slices: [1, null, 'x'] },
    ...changes,
  }
}

export function registrySuite({ db, again, clock }: MetadataUnderTest): void {
  let service: RegistryService
  beforeAll(() => {
    service = createRegistryService({ uow: db(), clock })
  })
  const events = async (model: string) =>
    (await db().read.audit.list({ objectPrefix: `model:${model}` })).items
      .map(({ action }) => action)
      .reverse()

  describe('registry', () => {
    it('numbers versions 1, 2, 3 per model and answers them as they were given', async () => {
      const one = await service.registerVersion(newVersion('late', '1', { description: 'Late flights' }))
      const two = await service.registerVersion(newVersion('late', '2'), { name: 'ada' })
      expect([one.version, two.version]).toEqual([1, 2])
      expect(await service.getVersion('late', 2)).toEqual(two)
      expect(two).toMatchObject({ ...newVersion('late', '2'), createdAt: clock.nowMicros() })
      expect(await service.listVersions('late')).toEqual([one, two])
      expect(await service.getModel('late')).toMatchObject({ description: 'Late flights' })
      expect(await events('late')).toEqual([
        'model.created',
        'model-version.created',
        'model-version.created',
      ])
      expect((await db().read.audit.list({ objectPrefix: 'model:late', limit: 1 })).items[0]).toMatchObject({
        principal: 'ada',
        details: { version: 2, digest: two.digest },
      })
    })

    it('registers equal content once, whichever run it came from and however its files are ordered', async () => {
      const files = ['b', 'a'].map(path => ({ path, hash: hashOf('3'), bytes: 1 }))
      const one = await service.registerVersion(newVersion('equal', '3', { files }))
      const again = await service.registerVersion(
        newVersion('equal', '3', { files: [...files].reverse(), experimentRun: 'run_2' }),
      )
      expect(again).toEqual(one)
      expect(await events('equal')).toHaveLength(2)
    })

    it('leaves no gap when many register at once from two connections', async () => {
      const other = await again()
      const rival = createRegistryService({ uow: other, clock })
      const digits = [...'0123456789abcdef']
      const made = await Promise.all(
        digits.map((digit, i) => (i % 2 === 0 ? service : rival).registerVersion(newVersion('crowd', digit))),
      )
      await other.close()
      expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual(digits.map((_, i) => i + 1))
    })

    it('moves aliases, keeps their history, and answers what they were', async () => {
      for (const digit of '12') await service.registerVersion(newVersion('moved', digit))
      const times: bigint[] = []
      for (const version of [1, 2, null, 1]) {
        clock.set(clock.nowMicros() + 10n)
        times.push(clock.nowMicros())
        await service.setAlias(
          { model: 'moved', alias: 'champion', version, reason: `to ${version}` },
          { name: 'ada' },
        )
      }
      await service.setAlias({ model: 'moved', alias: 'champion', version: 1, reason: 'again' })
      expect(await service.aliases('moved')).toEqual({ champion: 1 })
      const history = await service.aliasHistory('moved')
      expect(history.map(({ version, by, reason }) => ({ version, by, reason }))).toEqual(
        [1, 2, null, 1].map(version => ({ version, by: 'ada', reason: `to ${version}` })),
      )
      const asOf = async (at: bigint) => service.aliasAt({ model: 'moved', alias: 'champion', at })
      const [first = 0n] = times
      expect(await asOf(first - 1n)).toBeNull()
      expect(await Promise.all(times.map(asOf))).toEqual([1, 2, null, 1])
      expect(await asOf(first + 9n)).toBe(1)
      expect(await service.getByAlias('moved', 'champion')).toMatchObject({ version: 1 })
    })

    it('two who move an alias at once both leave an event, in order', async () => {
      for (const digit of '12') await service.registerVersion(newVersion('raced', digit))
      const other = await again()
      const rival = createRegistryService({ uow: other, clock })
      await Promise.all([
        service.setAlias({ model: 'raced', alias: 'champion', version: 1, reason: 'a' }),
        rival.setAlias({ model: 'raced', alias: 'champion', version: 2, reason: 'b' }),
      ])
      await other.close()
      const history = await service.aliasHistory('raced')
      expect(history).toHaveLength(2)
      expect(await service.aliases('raced')).toEqual({ champion: history.at(-1)?.version })
    })

    it('lists models by name in pages', async () => {
      for (const name of ['z1', 'z10', 'z-2', 'z_3']) await service.ensureModel({ name })
      const first = await service.listModels({ limit: 2 })
      const names = first.items.map(({ name }) => name)
      for (let { next } = first; next !== undefined; ) {
        const page = await service.listModels({ limit: 2, cursor: next })
        names.push(...page.items.map(({ name }) => name))
        next = page.next
      }
      expect(names).toEqual([...names].sort())
      expect(names.filter(name => name.startsWith('z'))).toEqual(['z-2', 'z1', 'z10', 'z_3'])
    })

    it('refuses bad input with a hint and writes nothing', async () => {
      await expect(service.ensureModel({ name: 'Late Flights!' })).rejects.toMatchObject({
        code: 'NAME_INVALID',
        hint: 'Try "late-flights".',
      })
      await expect(service.ensureModel({ name: '\u0000' })).rejects.toMatchObject({ code: 'NAME_INVALID' })
      const bad: Partial<NewModelVersion>[] = [
        { files: [] },
        { files: [{ path: '../x', hash: hashOf('1'), bytes: 1 }] },
        { files: [{ path: 'x', hash: 'md5:1', bytes: 1 }] },
        { files: ['x', 'x'].map(path => ({ path, hash: hashOf('1'), bytes: 1 })) },
        { metrics: { auc: Number.NaN } },
      ]
      for (const changes of bad)
        await expect(service.registerVersion(newVersion('refused', '1', changes))).rejects.toMatchObject({
          code: 'MODEL_INVALID',
        })
      await expect(service.getModel('refused')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
    })

    it('refuses aliases that cannot be', async () => {
      await service.registerVersion(newVersion('aliased', '1'))
      const set = (alias: string, version: number | null, model = 'aliased') =>
        service.setAlias({ model, alias, version, reason: 'r' })
      for (const alias of ['', 'latest', 'LATEST', 'v1', 'V12', 'a b', 'a/b', 'x'.repeat(256)])
        await expect(set(alias, 1)).rejects.toMatchObject({ code: 'NAME_INVALID' })
      for (const version of [0, 2, 1.5])
        await expect(set('champion', version)).rejects.toMatchObject({ code: 'MODEL_VERSION_UNKNOWN' })
      await expect(set('champion', null)).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' })
      await expect(set('champion', 1, 'nobody')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
      await expect(service.getByAlias('aliased', 'champion')).rejects.toMatchObject({ code: 'ALIAS_UNKNOWN' })
      expect(await service.aliasHistory('aliased')).toEqual([])
    })
  })
}
