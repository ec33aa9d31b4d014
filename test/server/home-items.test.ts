import { describe, expect, it } from 'vitest'
import { happenedFromAudit, happenedFromRuns, latestFirst, needsMe } from '../../src/server/home-items.ts'
import { deployment, failedAttempt, now, pipelineRun, stepRecord } from '../support/sample-records.ts'

const failed = pipelineRun('failed', [
  stepRecord('build', 'succeeded'),
  stepRecord('train', 'failed', { attempts: [failedAttempt] }),
])
const waiting = { suggestions: 0, windows: 0, offers: 0, requests: 0 }
const nothing = { runs: [], deployments: [], withoutChampion: [], alerts: [], waiting, rollouts: [] }
const alert = {
  ...{ rule: 'lost', run: 'r', experiment: 1, owner: 'mila', kind: 'lost' as const },
  ...{ message: 'Run boost is presumed lost; more', at: now, closedAt: null, muted: false },
}

describe('needsMe', () => {
  it('is empty when all is well', () => {
    const succeeded = pipelineRun('succeeded', [])
    expect(needsMe({ ...nothing, runs: [succeeded, failed], deployments: [deployment] }, now)).toEqual([])
  })

  it('says which step failed and why, while it is the last run of its pipeline', () => {
    expect(needsMe({ ...nothing, runs: [failed] }, now)).toEqual([
      {
        severity: 'bad',
        title: 'Train late failed at Step train',
        detail: 'the label late is 0 in all 10 rows. Check the label.',
        href: '/runs/prn_1',
        at: '2001-05-08T16:59:00.000000Z',
      },
    ])
  })

  it('sums up what waits in the inbox, pressing while a veto window runs', () => {
    const some = { suggestions: 1, windows: 0, offers: 2, requests: 0 }
    expect(needsMe({ ...nothing, waiting: some }, now)).toMatchObject([
      { severity: 'info', title: '1 suggestion waits for a decision, 2 rules have earned more autonomy' },
    ])
    expect(needsMe({ ...nothing, waiting: { ...some, windows: 3 } }, now)[0]?.severity).toBe('warn')
  })

  it('tells of alerts that are open, not muted, and of this week', () => {
    const week = 7n * 86_400_000_000n
    const alerts = [
      alert,
      { ...alert, muted: true },
      { ...alert, closedAt: now },
      { ...alert, at: now - week },
    ]
    const items = needsMe({ ...nothing, alerts }, now)
    expect(items).toMatchObject([{ title: 'Run boost is presumed lost', href: '/experiments/runs/r' }])
  })

  it('puts the worst first', () => {
    const deployments = (['undeployed', 'degraded', 'down', 'loading', 'ready'] as const).map(state => ({
      ...deployment,
      name: state,
      state,
    }))
    const withoutChampion = [{ name: 'late', description: '', createdAt: now }]
    const items = needsMe({ ...nothing, deployments, withoutChampion }, now)
    expect(items.map(({ severity, href }) => [severity, href])).toEqual([
      ['bad', '/deployments/down'],
      ['warn', '/deployments/degraded'],
      ['warn', '/models/late'],
      ['info', '/deployments/undeployed'],
    ])
  })
})

describe('what happened', () => {
  it('tells runs by how they ended', () => {
    expect(happenedFromRuns([failed]).map(({ title, severity }) => [title, severity])).toEqual([
      ['Train late failed', 'bad'],
    ])
    const reused = pipelineRun('succeeded', [stepRecord('build', 'reused')])
    expect(happenedFromRuns([reused])[0]?.detail).toBe('1 step, 1 reused')
  })

  it('tells audit events in words, without those of runs', () => {
    const event = {
      seq: 1,
      at: now,
      principal: 'local',
      action: 'model-version.created',
      object: 'model:late',
      details: null,
    }
    expect(happenedFromAudit([event, { ...event, object: 'run:prn_1' }])).toEqual([
      {
        severity: 'info',
        title: 'Model version created: late',
        detail: 'by local',
        href: '/models/late',
        at: '2001-05-08T17:00:00.000000Z',
      },
    ])
  })

  it('is in order of time, latest first', () => {
    const items = ['a', 'c', 'b'].map(at => ({
      severity: 'info' as const,
      title: at,
      detail: '',
      href: null,
      at,
    }))
    expect(latestFirst(items).map(({ at }) => at)).toEqual(['c', 'b', 'a'])
  })
})

describe('rollouts', () => {
  const at = '2001-05-08T17:00:00.000000Z'
  const release = { number: 4, digest: 'sha256:4', model: 'late', modelVersion: 3 }
  const rollout = {
    ...{ id: 'rol_1', deployment: 'late', release, state: 'canary' as const, weight: 2.5, step: 0 },
    ...{ heldFrom: null, cause: null, reason: 'every guard holds', by: 'mila', startedAt: at, since: at },
    ...{ endedAt: null, lease: false },
  }
  const standing = {
    ...{ deployment: 'late', traffic: [], kill: null, incident: null, rollouts: [], broken: null },
  }
  const needs = (facts: object) => needsMe({ ...nothing, rollouts: [{ ...standing, ...facts }] }, now)

  it('are told with their share, and warned of when held', () => {
    expect(needs({ rollouts: [rollout] })).toEqual([
      {
        ...{ severity: 'info', title: 'Release 4 of late is in canary with 2.5 % of traffic' },
        ...{ detail: 'every guard holds', href: '/deployments/late', at },
      },
    ])
    const held = { ...rollout, state: 'held', reason: 'no evidence' }
    expect(needs({ rollouts: [held] })).toMatchObject([
      { severity: 'warn', title: 'Release 4 of late is held', detail: 'no evidence' },
    ])
  })

  it('come first when something was taken back, switched off, or cannot be read', () => {
    const incident = { at, rollout: 'rol_1', reason: 'recall fell at SEA' }
    const kill = { level: 'model', by: 'ops', at, reason: 'alerts', local: true }
    const items = needs({ rollouts: [rollout], incident, kill, broken: 'row 3 does not follow' })
    expect(items.map(({ severity }) => severity)).toEqual(['bad', 'bad', 'bad', 'info'])
    expect(items.map(({ detail }) => detail)).toContain('Kill level set by ops on the serving host: alerts')
    expect(needs({})).toEqual([])
  })
})
