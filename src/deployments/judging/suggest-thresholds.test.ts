import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ThresholdRuleData } from '../../definitions/index.ts'
import type { AppliedThreshold } from '../../evaluation/index.ts'
import type { ActionContext } from '../../pipelines/index.ts'
import type { ColumnReader } from '../../training/index.ts'
import type { NoOrder, ThresholdsOrder } from '../releases/prepare-thresholds.ts'
import { suggestThresholdsAction } from './suggest-thresholds.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-suggest-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const count = 4_000
const rule: ThresholdRuleData = {
  target: { kind: 'fpr', rate: 0.1, delta: 0.05 },
  per: 'airport',
  maxStep: 1,
}

/** Score and share of late flights rise with `x`; two airports, a row a minute. */
const reader = (label: (row: number) => number): ColumnReader => ({
  async readColumns({ columns }) {
    const numbers = (of: (row: number) => number) => ({
      ...{ kind: 'number' as const, type: 'DOUBLE' },
      values: Float64Array.from({ length: count }, (_, row) => of(row)),
    })
    const all = {
      x: numbers(row => ((row * 7919) % count) / count),
      late: numbers(label),
      at: numbers(row => row * 60e6),
      airport: {
        ...{ kind: 'text' as const, type: 'VARCHAR', dictionary: ['LAX', 'ORD'] },
        codes: Int32Array.from({ length: count }, (_, row) => row % 2),
      },
    }
    return {
      rows: count,
      columns: Object.fromEntries(Object.entries(all).filter(([n]) => columns.includes(n))),
    }
  },
})
const honest = (row: number) => (((row * 48_271) % count) / count < ((row * 7919) % count) / count ? 1 : 0)

function orderOf(applied: readonly AppliedThreshold[] = []): ThresholdsOrder {
  const model = {
    ...{ model: 'late', version: 1, digest: 'sha256:m', format: 'onnx', files: [] },
    ...{ signature: { inputs: [{ name: 'x' }], outputs: [] }, action: { name: 'warn', threshold: 0.4 } },
    thresholdSet: null,
  }
  return {
    ...{ author: 'ines', cycle: '2026-11-21', asOf: '2026-11-21T00:00:00Z', ruleHash: 'sha256:rule' },
    ...{ expiresAt: '2026-11-28T00:00:00Z', applied },
    request: {
      ...{ schema: 1, deployment: 'live', task: 'binary', candidate: model, champion: model },
      terms: { action: { name: 'warn', threshold: 0.4, rule } },
      thresholds: 'choose',
      set: {
        ...{
          id: 'ds-1',
          name: 'flights',
          checksum: 'c',
          label: 'late',
          time: 'at',
          split: 'test',
          files: [],
        },
        columns: ['x', 'late', 'at', 'airport'].map(name => ({ name, type: 'any', role: 'feature' })),
      },
    },
  } as unknown as ThresholdsOrder
}

async function run(order: ThresholdsOrder | NoOrder, label = honest) {
  const told: (readonly unknown[])[] = []
  const note = (what: string) => async (about: unknown) => void told.push([what, about])
  const action = suggestThresholdsAction(async () => ({
    objects: { getFile: async () => undefined },
    scorers: {
      open: async () => ({
        ...{ kind: 'test', build: '1', close: async () => undefined },
        score: async (vectors: Float64Array) => Float64Array.from(vectors),
      }),
    } as never,
    columns: reader(label),
    client: {
      prepare: async () => order,
      propose: note('propose'),
      judge: note('judge'),
      reportError: note('error'),
    },
  }))
  const context = {
    ...{ params: { deployment: 'live' }, outputFolder: folder, scratchFolder: folder },
    ...{ log: () => undefined, progress: () => undefined, signal: new AbortController().signal },
  } as unknown as ActionContext
  const outputs = await action(context).catch((error: unknown) => error)
  return { told, outputs }
}

describe('thresholds.suggest', () => {
  it('judges former values before it proposes others', async () => {
    const former = { id: 'sug_0', segment: null, value: 0.1, after: 0, pool: null }
    const { told, outputs } = await run(orderOf([former]))
    expect(told.map(([what]) => what)).toEqual(['judge', 'propose'])
    expect(told[0]?.[1]).toMatchObject({ id: 'sug_0', breach: true, details: { limit: 0.1 } })
    const proposed = told[1]?.[1] as readonly { readonly segment: string; readonly proposed: number }[]
    expect(proposed.map(({ segment }) => segment).sort()).toEqual(['(otherwise)', 'LAX', 'ORD'])
    for (const each of proposed) expect(each.proposed).toBeGreaterThan(0.4)
    expect(outputs).toMatchObject({ suggested: { value: { proposed: 3, judged: 1, breaches: 1 } } })
  })

  it('says so where nothing serves', async () => {
    const { told, outputs } = await run({ nothing: 'nothing serves "live" yet' })
    expect(told).toEqual([])
    expect(outputs).toMatchObject({ suggested: { value: { proposed: 0, nothing: expect.any(String) } } })
  })

  it('tells of a rule that fails on its rows, and fails', async () => {
    const order = orderOf()
    const unmet = { ...rule, target: { kind: 'capacity', perDay: 0, delta: 0.05 } } as ThresholdRuleData
    const terms = { action: { name: 'warn', threshold: 0.4, rule: { ...unmet, within: ['nowhere'] } } }
    const set = {
      ...order.request.set,
      columns: [...(order.request.set?.columns ?? []), { name: 'nowhere' }],
    }
    const { told, outputs } = await run({ ...order, request: { ...order.request, terms, set } } as never)
    expect(outputs).toMatchObject({ code: 'COLUMN_MISSING' })
    expect(told).toEqual([
      ['error', { subject: 'deployment:live', rule: 'capacity', segmentClass: 'airport' }],
    ])
  })
})
