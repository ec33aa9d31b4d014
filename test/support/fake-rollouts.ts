import type { DrillReport, Rollouts } from '../../src/deployments/index.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import type { Services } from '../../src/server/services.ts'
import { hash } from './sample-records.ts'

const at = '2001-05-08T17:00:00.000000Z'
type Overview = Awaited<ReturnType<Rollouts['overview']>>
type Detail = Awaited<ReturnType<Rollouts['detail']>>

const ref = { number: 2, digest: hash, model: 'late', modelVersion: 2 }
const champion = { ...ref, number: 1, modelVersion: 1 }

export const sampleRollout: Detail = {
  ...{ id: 'rol_1', deployment: 'late', release: ref, state: 'canary', weight: 1, step: 0 },
  ...{ heldFrom: null, cause: null, reason: 'better', by: 'mila', startedAt: at, since: at, endedAt: null },
  ...{ lease: false, champion, steps: [{ percent: 1, hold: '6h' }], suggestion: null, evidence: null },
  guards: [
    { guard: 'stage-time', title: 'time', holds: false, now: '1h', needed: '6h', when: at },
    { guard: 'lease', title: 'lease', holds: true, now: 'free', needed: 'no other', when: null },
  ],
  next: [
    {
      ...{ event: 'step_up', to: 'canary', weight: 5, allowed: false, byRule: true },
      refusal: { code: 'WINDOW_TOO_SHORT', message: 'step_up has to wait', hint: '' },
      missing: [{ guard: 'stage-time', title: 'time', holds: false, now: '1h', needed: '6h', when: at }],
    },
  ],
  outlook: 'step_up not before 17:00, by the rule.',
  routers: [{ router: 'r1', seq: 3, current: true, loaded: [hash], refused: {} }],
  ...{ approvals: { required: 0, given: [] }, look: null, kill: null },
  rows: [
    {
      ...{ seq: 3, rollout: 'rol_1', release: 2, event: 'start_canary', from: 'shadow', to: 'canary' },
      ...{ heldFrom: null, step: 0, weight: 1, ranges: { rol_1: [[0, 100]] }, salt: 'late-1', kill: null },
      ...{ actor: { kind: 'rule', name: 'rollout@1', level: 'rule' }, reasonCode: 'guards-hold' },
      ...{ reason: 'every guard holds', evidence: [], at, hash },
    },
  ],
}

const overview: Overview = {
  ...{ deployment: 'late', champion, kill: null, incident: null, salt: 'late-1', seq: 3 },
  traffic: [
    { arm: 'challenger', release: 2, rollout: 'rol_1', percent: 1 },
    { arm: 'champion', release: 1, rollout: 'rol_0', percent: 99 },
  ],
  routers: sampleRollout.routers,
  terms: {
    ...{ shadow: '24h', canary: [1], stepTime: ['6h'], probation: '14d', probationLimit: '28d' },
    ...{ standby: '7d', advance: 'rule', approvals: 0, unit: ['flight'], holdback: null },
  },
  rollouts: [sampleRollout],
}

const unknown = { undefined: 'no-rows' }
const samplePoint: Awaited<ReturnType<Rollouts['looks']>>[number] = {
  ...{ id: 'look_1', at, stage: 'canary', coverage: 0.99, agreement: unknown, psi: unknown },
  actionRate: { champion: unknown, challenger: unknown },
  ...{ guards: [], harm: [] },
}

const drill: DrillReport = {
  ...{ deployment: 'late', at, from: 2, to: 1, flippedMs: 31, requests: 300, failed: 0, lost: 0 },
  ...{ limitMs: 1_000, ok: true },
}

/** Rollouts of `late` in memory: there is one, `rol_1`. */
export function fakeRollouts(called: (name: string, args: unknown) => void): Services['rollouts'] {
  const known = <Value>(name: string, value: Value): Value => {
    if (name === 'late') return value
    throw new FettleError('UNKNOWN_DEPLOYMENT', `no deployment "${name}" is applied`)
  }
  const one = (name: string, id = 'latest'): Detail => {
    if (known(name, id) === 'latest' || id === 'rol_1') return sampleRollout
    throw new FettleError('ROLLOUT_UNKNOWN', `deployment "${name}" has no rollout "${id}"`)
  }
  return {
    overview: async name => known(name, overview),
    detail: async (name, id) => one(name, id),
    async looks(name, id) {
      one(name, id)
      return [samplePoint]
    },
    underWay: async () => [
      {
        ...{ deployment: 'late', traffic: overview.traffic, kill: null, incident: null, broken: null },
        rollouts: [sampleRollout],
      },
    ],
    log: async name => known(name, { rows: sampleRollout.rows, faults: [] }),
    async start(request) {
      called('startRollout', request)
      return one(request.name)
    },
    async move(request) {
      called('moveRollout', request)
      return one(request.name, request.id)
    },
    async approve(request) {
      called('approveRollout', request)
      return one(request.name, request.id)
    },
    async closeIncident(request) {
      called('closeIncident', request)
      return known(request.name, overview)
    },
    async kill(request) {
      called('kill', request)
      return known(request.name, overview)
    },
    drill: async name => known(name, drill),
  }
}
