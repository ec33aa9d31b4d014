import type {
  DeclaredContracts,
  FollowedPurpose,
  JudgedRelease,
  JudgeRequest,
  ReleaseRecord,
  ReleaseView,
  SignedVerdictPage,
  StoredVerdict,
  ThresholdsOrder,
} from '../../src/deployments/index.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import type { Release } from '../../src/registry/index.ts'
import type { Services } from '../../src/server/services.ts'
import { hash, now } from './sample-records.ts'

const at = '2001-05-08T17:00:00.000000Z'

export const sampleCheck = {
  name: 'self-test',
  title: 'The serving process gives the scores it was trained to give',
  verdict: 'pass' as const,
  blocks: true,
  n: 32,
  margin: null,
  finding: '32 rows are equal',
  change: null,
  ms: 12,
}

export const samplePage: SignedVerdictPage = {
  schema: 1,
  deployment: 'late',
  release: { number: 2, digest: hash, model: 'late', version: 2, changed: ['model'] },
  champion: { number: 1, digest: hash, version: 1 },
  verdict: 'pass',
  summary: 'All 1 deciding checks passed.',
  checks: [sampleCheck],
  contractSet: null,
  judged: null,
  at,
  expiresAt: at,
  by: 'local',
  signature: 'ed25519:AA',
}

const release = {
  ...{ deployment: 'late', number: 2, digest: hash, createdAt: at, parent: hash, changed: ['model'] },
  model: { name: 'late', version: 2, digest: hash, format: 'linear', files: [] },
} as unknown as Release

const record: ReleaseRecord = { release, createdAt: now, by: 'local', reason: 'gate' }
const verdict: StoredVerdict = { id: 'vrd_1', run: 'prn_1', hash, at: now, expiresAt: now, page: samplePage }
const view: ReleaseView = { ...record, verdict, servings: [], state: 'verified' }

const judged: JudgedRelease = {
  evaluation: {} as never,
  ...{ comparison: null, thresholds: null, contracts: null, fairness: null, importance: null },
  ...{ plan: [], history: [] },
}

const planned = {
  ...{ status: 'protected' as const, perDay: 100, basis: 'seen' as const },
}
const declared: DeclaredContracts = {
  deployment: 'late',
  contractSet: hash,
  from: 'judged-releases',
  basis: 'rows that judged release 2',
  last: { release: 2, at: now, summary: 'Undecided: 1 of 2 checks could not be decided.' },
  contracts: [
    {
      name: 'noWorse_recall_on_origin',
      claim: 'recall may not fall by more than 0.02',
      ...{ slices: ['origin'], status: 'protected', stage: 'offline', dryRun: null },
      cells: [
        {
          ...planned,
          ...{ slice: 'origin=ORD', needed: 1_200, expected: 2_800, decidable: true, offers: [] },
          last: {
            ...{ release: 2, verdict: 'pass', reason: null, matured: 2_500, needed: null, neededDays: null },
            advice: 'Recall did not move. Nothing to do.',
          },
        },
        {
          ...planned,
          ...{ slice: 'origin=HNL', needed: 1_200, expected: 700, decidable: false },
          offers: ["a window of 48d: .window('48d')", 'watch it: .watched()'],
          last: {
            ...{ release: 2, verdict: 'inconclusive', reason: null, matured: 640, needed: 500 },
            neededDays: 5,
            advice: 'About 500 more rows decide it at this effect.',
          },
        },
      ],
    },
  ],
}

const followed: FollowedPurpose = {
  deployment: 'late',
  purpose: {
    audience: 'crews',
    story: 'Crews hear of a delay before they board.',
    number: { name: 'missed', unit: 'a week', direction: 'down', baseline: 40, target: 20, matters: 2 },
    ...{ owner: 'ops', review: '30d' },
  },
  values: [{ deployment: 'late', at: now, value: 30, by: 'local', recordedAt: now }],
  reached: 0.5,
  impact: { undefined: 'no-holdback' },
  reviewDue: now,
}

type Releases = Pick<
  Services['deployments'],
  | 'releases'
  | 'release'
  | 'releaseToServe'
  | 'judged'
  | 'contracts'
  | 'prepareRelease'
  | 'prepareThresholds'
  | 'createRelease'
  | 'concludeRelease'
  | 'verifyPage'
  | 'purpose'
  | 'recordPurposeValue'
>

/** Release 2 of `late`, which passed the gate and does not serve. */
export function fakeReleases(called: (name: string, args: unknown) => void): Releases {
  const known = (name: string): void => {
    if (name !== 'late') throw new FettleError('UNKNOWN_DEPLOYMENT', `there is no deployment ${name}`)
  }
  const numbered = (name: string, number: number | undefined): void => {
    known(name)
    if (number !== undefined && number !== 2)
      throw new FettleError('RELEASE_UNKNOWN', `there is no release ${number}`)
  }
  return {
    async releaseToServe({ name, release: number }) {
      numbered(name, number)
      return record
    },
    async releases(name) {
      known(name)
      return [view]
    },
    async release(name, number) {
      numbered(name, number)
      return view
    },
    async judged(name, number) {
      numbered(name, number)
      return judged
    },
    async contracts(name) {
      known(name)
      return declared
    },
    async prepareRelease({ name }) {
      known(name)
      return { schema: 1, deployment: name } as JudgeRequest
    },
    async prepareThresholds({ name }) {
      known(name)
      return { cycle: '2026-11-21' } as ThresholdsOrder
    },
    async createRelease(request) {
      known(request.name)
      called('createRelease', request)
      return record
    },
    async concludeRelease(conclusion) {
      numbered(conclusion.name, conclusion.number)
      called('concludeRelease', conclusion)
      return verdict
    },
    verifyPage: async page => (page.signature === samplePage.signature ? [] : ['the signature is another']),
    async purpose(name) {
      known(name)
      return followed
    },
    async recordPurposeValue(request) {
      known(request.name)
      called('recordPurposeValue', request)
      return followed
    },
  }
}
