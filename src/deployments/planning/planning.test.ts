import { describe, expect, it } from 'vitest'
import { atMost, byColumn, type Contract, noWorse } from '../../definitions/index.ts'
import type { DeploymentData, ModelData, TrainingSetData } from '../../definitions/model.ts'
import type { CellHistory, ContractCell } from '../../evaluation/index.ts'
import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Release } from '../../registry/index.ts'
import { contractSetHash } from '../build-release.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { JudgedRelease } from '../gate/model.ts'
import type { ReleaseRecord, StoredVerdict } from '../ports.ts'
import { assertMayServe } from '../releases/serve.ts'
import { declaredContracts } from './declared-contracts.ts'
import { deploymentPast } from './past.ts'
import { planDeployment } from './plan-deployment.ts'

const recall = noWorse('recall', { margin: 0.05 }).on('origin')
const deploymentOf = (contracts: readonly Contract[], origins: readonly string[] = ['ORD']): DeploymentData =>
  ({
    ...{ kind: 'deployment', name: 'late', model: 'late', action: null },
    slices: [byColumn('origin', origins)],
    contracts: contracts.map(each => each.data),
  }) as unknown as DeploymentData

const cell = (name: string, change: Partial<CellHistory>): CellHistory => ({
  ...{ name, slice: name === 'all' ? 'all' : 'origin', days: 10 },
  counts: { rows: 1000, matured: 1000, positives: 400, negatives: 600, acted: 300 },
  ...{ rates: { recall: 0.6, fpr: 0.1 }, disagreement: {}, deff: 1, ...change },
})

/** A world of releases that were judged, oldest first. */
function worldOf(
  judgements: readonly {
    readonly version: number
    readonly champion: string | null
    readonly deployment: DeploymentData
    readonly history?: readonly CellHistory[]
    readonly cells?: readonly ContractCell[]
    /** There were no rows. */
    readonly unjudged?: boolean
  }[],
  held: () => readonly CellHistory[] | null = () => null,
) {
  const objects = new Map<string, Uint8Array>()
  const found = judgements.map(
    ({ version, champion, deployment, history = [], cells = [], unjudged }, index) => {
      const { slices = [], contracts = [] } = deployment
      const judged = {
        contracts: { summary: `Judged ${index}.`, cells },
        history,
      } as unknown as JudgedRelease
      const bytes = Buffer.from(JSON.stringify(judged))
      const hash = `sha256:${sha256Hex(bytes)}`
      objects.set(hash, bytes)
      const digest = `sha256:release-${version}-${champion}`
      const contractSet = contractSetHash(deployment)
      const release = {
        ...{ deployment: 'late', number: index + 1, digest, model: { name: 'late', version } },
        contracts: { slices, contracts, hash: contractSet },
      } as unknown as Release
      const page = {
        ...{ deployment: 'late', judged: unjudged ? null : hash, contractSet, verdict: 'pass' },
        champion: champion === null ? null : { number: 1, digest: champion, version: 1 },
        release: { number: index + 1, digest, model: 'late', version, changed: [] },
      } as unknown as StoredVerdict['page']
      const verdict: StoredVerdict = {
        ...{ id: `vrd_${index}`, run: `prn_${index}`, hash, at: BigInt(index), expiresAt: 1000n, page },
      }
      return { verdict, record: { release, createdAt: 0n, by: 'ana', reason: '' } satisfies ReleaseRecord }
    },
  )
  const newestFirst = [...found].reverse()
  const deployments = {
    listVerdicts: async () => newestFirst.map(({ verdict }) => verdict),
    listReleases: async () => newestFirst.map(({ record }) => record),
    servingReleases: async () => ({ late: { release: { number: 1, digest: judgements.at(-1)?.champion } } }),
  }
  const deps = {
    uow: { read: { deployments } },
    clock: { nowMicros: () => 5n },
    objects: { getBytes: async (hash: string) => objects.get(hash) ?? new Uint8Array() },
    heldOutCells: async () => held(),
  } as unknown as DeploymentsDependencies
  return { deps, records: found.map(({ record }) => record) }
}

const parts = { model: {} as ModelData, trainingSet: { name: 'flights' } as TrainingSetData }
const differing = (share: number, deff = 1) => [
  cell('all', { disagreement: { recall: share }, deff }),
  cell('origin=ORD', { disagreement: { recall: share }, deff }),
]

describe('the past of a deployment', () => {
  const deployment = deploymentOf([recall])
  const judged = (version: number, champion: string | null, history?: readonly CellHistory[]) => ({
    ...{ version, champion, deployment },
    ...(history ? { history } : {}),
  })

  it('takes disagreement and design effect of the last three pairs, and counts of the newest', async () => {
    const { deps } = worldOf([
      judged(1, null, differing(0)),
      judged(2, 'sha256:a', differing(0.9, 9)),
      judged(3, 'sha256:b', differing(0.3)),
      judged(4, 'sha256:c', differing(0.1, 2)),
      judged(5, 'sha256:d', differing(0.2)),
    ])
    const { history } = await deploymentPast(deps, deployment)
    expect(history?.[1]).toMatchObject({ name: 'origin=ORD', disagreement: { recall: 0.3 }, deff: 2 })
    const now = { champion: { digest: 'sha256:e' }, release: { model: 'late', version: 6 } }
    expect((await deploymentPast(deps, deployment, now)).history?.[1]?.disagreement.recall).toBe(0.2)
  })

  it('counts a pair once however often it is judged, and not as its own past', async () => {
    const { deps } = worldOf([
      judged(2, 'sha256:a', differing(0.9)),
      judged(3, 'sha256:b', differing(0.3)),
      judged(3, 'sha256:b', differing(0.4)),
    ])
    expect((await deploymentPast(deps, deployment)).pairs).toHaveLength(2)
    const now = { champion: { digest: 'sha256:b' }, release: { model: 'late', version: 3 } }
    const { pairs, history } = await deploymentPast(deps, deployment, now)
    expect([pairs.length, history?.[0]?.disagreement.recall]).toEqual([1, 0.9])
  })

  it('knows nothing of slices that mean something else now, or values listed anew', async () => {
    const { deps } = worldOf([judged(2, 'sha256:a', differing(0.1))])
    const names = async (now: DeploymentData) =>
      (await deploymentPast(deps, now)).history?.map(each => each.name)
    expect(await names(deploymentOf([recall], ['ORD', 'HNL']))).toEqual(['all', 'origin=ORD'])
    expect(await names(deploymentOf([recall], ['HNL']))).toEqual(['all'])
    const renamed = { ...deployment, slices: [byColumn('carrier', ['ORD'], 'origin')] }
    expect(await names(renamed)).toEqual(['all'])
    expect((await deploymentPast(worldOf([]).deps, deployment)).history).toBeNull()
  })

  it('counts the releases that a contract on trial has observed, by its name and claim', async () => {
    const trial = recall.named('new').dryRun(3)
    const rate = atMost('fpr', 0.2).dryRun(3)
    const then = deploymentOf([trial, rate])
    const { deps } = worldOf([
      { version: 1, champion: null, deployment: then },
      { version: 2, champion: 'sha256:a', deployment: then },
      { version: 3, champion: 'sha256:b', deployment: then, unjudged: true },
      { version: 4, champion: 'sha256:b', deployment: deploymentOf([rate]) },
      { version: 5, champion: 'sha256:b', deployment: then },
    ])
    const observed = async (...contracts: readonly Contract[]) =>
      (await deploymentPast(deps, deploymentOf(contracts))).observed
    // Without a champion a comparison sees nothing; without rows nothing does.
    expect(await observed(trial, rate)).toEqual({ new: 2, [rate.data.name]: 4 })
    expect(await observed(noWorse('recall', { margin: 0.02 }).named('new').dryRun(3))).toEqual({ new: 0 })
    expect(await observed(trial.named('other'))).toEqual({ other: 0 })
  })

  it('blocks from the fourth release on when it observes three', async () => {
    const trial = deploymentOf([recall.named('new').dryRun(3)])
    const before = (releases: number) =>
      worldOf(
        Array.from({ length: releases }, (_, index) => ({
          ...{ version: index + 2, champion: `sha256:${index}`, deployment: trial },
          history: differing(0.1),
        })),
      ).deps
    const status = async (releases: number) =>
      (await planDeployment(before(releases), { deployment: trial, ...parts })).cells[0]?.status
    expect([await status(1), await status(2), await status(3)]).toEqual(['dry-run', 'dry-run', 'protected'])
  })
})

describe('the plan of a deployment', () => {
  const deployment = deploymentOf([recall])
  const planned = { deployment, ...parts }

  it('rests on judged releases, else on held-out rows, else says that nothing is known', async () => {
    const past = worldOf([{ version: 2, champion: 'sha256:a', deployment, history: differing(0.1) }])
    expect(await planDeployment(past.deps, planned)).toMatchObject({
      ...{ from: 'judged-releases', basis: 'rows that judged release 1' },
      cells: [{ slice: 'origin=ORD', expected: 400, basis: 'seen' }],
    })
    const held = worldOf([], () => [cell('all', { rates: {} }), cell('origin=ORD', { rates: {} })])
    expect(await planDeployment(held.deps, planned)).toMatchObject({
      from: 'held-out-rows',
      cells: [{ expected: 400, basis: 'least', decidable: null }],
    })
    expect(await planDeployment(worldOf([]).deps, planned)).toMatchObject({
      ...{ from: 'nothing', basis: expect.stringContaining('"flights" is not built yet') },
      cells: [{ needed: null, decidable: null }],
    })
  })

  it('counts slices and values that are declared anew among held-out rows', async () => {
    const then = deploymentOf([recall])
    const judgedBefore = { version: 2, champion: 'sha256:a', deployment: then, history: differing(0.1) }
    const held = () => [
      cell('all', { rates: {} }),
      cell('origin=HNL', { rates: {}, counts: { positives: 9 } }),
    ]
    const { deps } = worldOf([judgedBefore], held)
    const found = await planDeployment(deps, { ...parts, deployment: deploymentOf([recall], ['ORD', 'HNL']) })
    expect(found).toMatchObject({
      ...{ from: 'judged-releases', basis: expect.stringContaining('new slices') },
      cells: [
        { slice: 'origin=ORD', expected: 400, basis: 'seen' },
        { slice: 'origin=HNL', expected: 9, basis: 'least', decidable: false },
      ],
    })
  })

  it('goes on without rows that cannot be read, and not over a fault', async () => {
    const failing = (error: Error) =>
      worldOf([], () => {
        throw error
      }).deps
    const unread = failing(new FettleError('COLUMN_MISSING', 'the set has no column gate'))
    expect((await planDeployment(unread, planned)).basis).toContain('the set has no column gate')
    await expect(planDeployment(failing(new Error('broken')), planned)).rejects.toThrow('broken')
  })
})

describe('declared contracts', () => {
  it('stand with their plan and what they last came to', async () => {
    const deployment = deploymentOf([recall, atMost('fpr', 0.2).dryRun(2)])
    const undecided = {
      ...{ contract: recall.data.name, slice: 'origin=ORD', verdict: 'inconclusive', reason: null },
      ...{ matured: 400, needed: 90, advice: 'Wait.' },
    } as ContractCell
    const { deps } = worldOf([
      ...[{ version: 2, champion: 'sha256:a', deployment, history: differing(0.1, 2), cells: [undecided] }],
    ])
    const releaseDefinitions = async () => ({ deployment, ...parts })
    const found = await declaredContracts({ ...deps, releaseDefinitions } as never, 'late')
    expect(found).toMatchObject({
      ...{ contractSet: contractSetHash(deployment), last: { release: 1, summary: 'Judged 0.' } },
      contracts: [
        {
          ...{ claim: 'recall may not fall by more than 0.05', dryRun: null },
          // 90 rows of 40 a day, which count for half.
          cells: [{ slice: 'origin=ORD', last: { verdict: 'inconclusive', needed: 90, neededDays: 5 } }],
        },
        {
          ...{ claim: 'false-positive rate is at most 0.2', dryRun: { releases: 2, observed: 1 } },
          cells: [{ slice: 'all', last: null }],
        },
      ],
    })
  })
})

describe('a verdict over other contracts', () => {
  it('is void once the declared set changes, and stands where only the order of applying did', async () => {
    const deployment = deploymentOf([recall])
    const { deps, records } = worldOf([{ version: 2, champion: 'sha256:a', deployment }])
    const [record] = records
    if (!record) throw new Error('no release')
    const serve = (now: DeploymentData) => assertMayServe(deps, { deployment: now } as never, record)
    await expect(serve(deploymentOf([recall]))).resolves.toBeUndefined()
    const others = [
      deploymentOf([noWorse('recall', { margin: 0.06 }).on('origin').named(recall.data.name)]),
      deploymentOf([recall, atMost('fpr', 0.2)]),
      deploymentOf([recall], ['ORD', 'HNL']),
      deploymentOf([recall.watched()]),
      deploymentOf([]),
    ]
    for (const other of others) await expect(serve(other)).rejects.toMatchObject({ code: 'SIGNATURE_VOID' })
  })
})
