import { describe, expect, it } from 'vitest'
import type { StoredVerdict } from '../deployments/index.ts'
import type { Proposal } from '../governance/index.ts'
import { promotions } from './promotions.ts'

const page = {
  ...{ deployment: 'late', verdict: 'pass', contractSet: 'sha256:c', summary: 'All passed.' },
  at: '2026-11-21T10:00:00.000000Z',
  release: { number: 3, digest: 'sha256:3', model: 'late', version: 2, changed: ['model'] },
  champion: { number: 2, digest: 'sha256:2', version: 1 },
}

interface Case {
  readonly by?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly serves?: string | null
  readonly verdict?: string
}

async function proposedBy({ by = 'schedule', params = {}, serves = 'sha256:2', verdict = 'pass' }: Case) {
  const proposed: Proposal[] = []
  const consider = promotions({
    suggestions: () => ({
      propose: async proposals => {
        proposed.push(...proposals)
        return []
      },
    }),
    definitions: { listCurrent: async () => [{ ref: 'deployment:late', by: 'ines' }] as never },
    runOf: async () => ({ principal: by, plan: { params } }),
    servingOf: async () => (serves === null ? undefined : ({ release: { digest: serves } } as never)),
  })
  const stored = { run: 'prn_1', hash: 'sha256:page', expiresAt: 9n, page: { ...page, verdict } }
  await consider(stored as unknown as StoredVerdict)
  return proposed
}

describe('a release that passed', () => {
  it('is suggested for serving, exactly as it was judged, when no person started the run', async () => {
    expect(await proposedBy({})).toMatchObject([
      {
        ...{ kind: 'promotion', subject: 'deployment:late', rule: 'gate', ruleBy: 'ines' },
        ...{ cycle: '2026-11-21', expiresAt: 9n },
        old: { release: 2, digest: 'sha256:2' },
        proposed: { release: 3, digest: 'sha256:3' },
      },
    ])
  })

  it('is not when a person did, it serves, nothing or another one serves, it failed, or it is of thresholds', async () => {
    const cases: readonly Case[] = [
      { by: 'mila' },
      { by: 'scheduler-fan' },
      { serves: 'sha256:3' },
      { serves: null },
      { serves: 'sha256:1' },
      { verdict: 'fail' },
      { verdict: 'inconclusive' },
      { params: { thresholdSet: 'sha256:t' } },
    ]
    for (const each of cases) expect(await proposedBy(each)).toEqual([])
  })
})
