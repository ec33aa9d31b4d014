import { describe, expect, it } from 'vitest'
import { contractRows, placeNames } from '../../../test/support/contract-rows.ts'
import { byColumn, noWorse } from '../../definitions/index.ts'
import type { CellHistory } from '../../evaluation/index.ts'
import type { JudgeRequest } from '../gate/judge-params.ts'
import { judgeParts, type PartsRequest } from './judge-parts.ts'

const world = contractRows({ seed: 'parts', rows: 4000, places: 2 })
const outputsOf = (scores: Float64Array) => ({
  ...{ scores, scorer: { kind: 'linear', build: 'test' }, explainer: undefined, columns: [], inputs: [] },
})
const model = { thresholdSet: null, action: { name: 'warn', threshold: 0.5 }, version: 2, release: 1 }
const terms: JudgeRequest['terms'] = {
  action: { name: 'warn', threshold: 0.5 },
  slices: [byColumn('place', placeNames(2))],
  contracts: [
    noWorse('recall', { margin: 0.05 }).on('place').data,
    noWorse('fpr', { margin: 0.05 }).named('new').dryRun(2).data,
  ],
}
const requestOf = (change: Partial<JudgeRequest>): JudgeRequest =>
  ({
    ...{ schema: 1, deployment: 'late', task: 'binary', terms, thresholds: 'keep', contractSet: null },
    ...{ candidate: model, champion: model, set: null, history: null, observed: {}, unresolved: [] },
    ...change,
  }) as unknown as JudgeRequest

const judge = (change: Partial<JudgeRequest>, champion: PartsRequest['champion']) =>
  judgeParts({
    request: requestOf(change),
    context: { log: () => undefined, progress: () => undefined, signal: new AbortController().signal },
    held: { rows: world.rows, inputs: {}, names: [], choosable: 4000 },
    challenger: outputsOf(world.challenger.scores),
    champion,
    cells: [
      { name: 'all', slice: 'all', value: null, rows: world.judge },
      ...[0, 1].map(place => ({
        ...{ name: `place=p${place}`, slice: 'place', value: `p${place}` },
        rows: world.judge.filter(row => placeAt(row) === place),
      })),
    ],
  })
const place = world.rows.columns['place']
const placeAt = (row: number) => (place instanceof Float64Array ? -1 : place?.codes[row])

describe('a judgement', () => {
  it('keeps what its rows say of every cell, and plans on it with what former releases say', async () => {
    const champion = outputsOf(world.champion.scores)
    const first = await judge({}, champion)
    const found = first.history.find(({ name }) => name === 'place=p0')
    expect(found?.counts.rows).toBeGreaterThan(800)
    expect(found?.disagreement.recall).toBeGreaterThan(0)
    const plannedRows = ({ plan }: typeof first) =>
      plan.find(({ contract, slice }) => contract === 'recall_no_worse_on_place' && slice === 'place=p0')
    expect(plannedRows(first)).toMatchObject({ basis: 'seen', expected: found?.counts.positives })
    const worse: readonly CellHistory[] = first.history.map(cell => ({
      ...cell,
      disagreement: { recall: 0.9, fpr: 0.9 },
    }))
    const second = await judge({ history: worse }, champion)
    expect(plannedRows(second)?.needed).toBeGreaterThan(10 * (plannedRows(first)?.needed ?? 0))
    expect(second.history).toEqual(first.history)
  })

  it('lets a contract on trial decide once it has observed as many releases as it should', async () => {
    const status = async (observed: JudgeRequest['observed']) => {
      const { contracts, plan } = await judge({ observed }, outputsOf(world.champion.scores))
      const cells = contracts?.cells.filter(({ contract }) => contract === 'new') ?? []
      return [...cells, ...plan.filter(({ contract }) => contract === 'new')].map(cell => cell.status)
    }
    expect(await status({ new: 1 })).toEqual(['dry-run', 'dry-run'])
    expect(await status({ new: 2 })).toEqual(['protected', 'protected'])
  })
})
