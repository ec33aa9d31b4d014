import { FettleError } from '../../src/kernel/errors/index.ts'
import type { ReproductionReport, VersionClass } from '../../src/reproduction/index.ts'
import type { Services } from '../../src/server/services.ts'

const hash = `sha256:${'a'.repeat(64)}`
const at = '2026-11-21T10:00:00.000000Z'

const ingredient = {
  part: 'environment',
  name: 'package files',
  wanted: '16 files by hash',
  found: 'all',
  how: 'object store',
  state: 'found',
} as const

export const sampleComparison = {
  model: 'late',
  version: 1,
  manifest: hash,
  tolerance: 1e-6,
  ingredients: [ingredient],
  erased: { rows: 0, receipts: [] },
  items: [
    {
      step: 'train',
      name: 'predictions',
      outcome: 'same',
      wanted: { rows: 5 },
      found: { equal: 5 },
      detail: '',
    },
  ],
  seconds: { training: 2 },
} as const

export const sampleReport: ReproductionReport = {
  ...sampleComparison,
  schema: 1,
  id: 'rep_1',
  project: 'flights',
  digest: hash,
  run: 'prn_1',
  at,
  verdict: 'reproduced',
  class: 'R3',
  reason: 'every output hash, score and metric is equal',
  firstDifference: null,
  by: 'local',
  signature: 'ed25519:AA',
}

const found: VersionClass = { class: 'R3', reason: sampleReport.reason, at, missing: [], report: 'rep_1' }

/** A project with one version, late@1, that was reproduced to the bit. */
export function fakeReproductions(called: (name: string, args: unknown) => void): Services['reproductions'] {
  const stored = { hash, at: 0n, report: sampleReport }
  const known = (name: { readonly model: string; readonly version: number }) => {
    if (name.model !== 'late' || name.version !== 1)
      throw new FettleError('MODEL_VERSION_UNKNOWN', `there is no ${name.model}@${name.version}`)
  }
  return {
    explain: async name => {
      known(name)
      return {
        manifest: {} as never,
        hash,
        ingredients: [ingredient],
        erased: { rows: 0, receipts: [] },
        class: found,
        last: stored,
        estimate: { steps: [{ name: 'train', seconds: 2, from: 'prn_1' }], seconds: 2 },
      }
    },
    start: async (name, principal) => {
      known(name)
      called('reproduce', { name, principal })
      return { run: null, report: stored }
    },
    record: async (run, compared) => {
      called('recordReproduction', { run, compared })
      return stored
    },
    reports: async name => {
      known(name)
      return [stored]
    },
    report: async id => {
      if (id !== 'rep_1') throw new FettleError('REPRODUCTION_UNKNOWN', `there is no reproduction ${id}`)
      return stored
    },
    verify: async () => [],
    classOf: async () => found,
    manifest: async name => {
      known(name)
      return { hash, manifest: { schema: 1 } as never }
    },
    check: async () => [{ model: 'late', version: 1, ...found }],
    runManifest: async () => ({ hash, manifest: { schema: 1 } }),
  }
}
