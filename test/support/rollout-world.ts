import type { MetadataDatabase } from '../../src/adapters/metadata/index.ts'
import { type DeploymentData, rollout } from '../../src/definitions/index.ts'
import {
  createRollouts,
  type FrontCounts,
  type LocalKill,
  type ReleaseRecord,
  type SignedVerdictPage,
  type StageEvidence,
  type SuggestedStep,
} from '../../src/deployments/index.ts'
import { settableClock } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import { parseDuration } from '../../src/kernel/time.ts'
import { createRegistryService, type Release } from '../../src/registry/index.ts'
import { samplePage } from './fake-releases.ts'

/** A deployment whose rollout takes seconds. */
export const quickRollout = rollout({
  shadow: '10s',
  canary: [1, 10],
  stepTime: ['10s'],
  probation: '60s',
  probationLimit: '120s',
  standby: '60s',
  look: '1s',
  advance: 'rule',
})

export const goodEvidence: StageEvidence = {
  ...{ schema: 1, stage: 'shadow', at: '2026-01-01T00:00:00.000000Z', since: '2026-01-01T00:00:00.000000Z' },
  coverage: { eligible: 100, pairs: 99, share: 0.99, drops: {}, biased: false },
  answers: { champion: 99, challenger: 1, control: 1 },
  units: { champion: 99, challenger: 1, control: 1 },
  ...{ sampleRatio: null, contracts: null, planned: { cells: 0, reached: 0 }, harm: [], harmed: false },
  matured: { rows: 100, labelled: 100, share: 1 },
  ...{ guards: [], flips: null, comparison: null, outcomes: [], notes: [] },
  counters: { since: '', seen: [], sum: [], seenDrops: {}, drops: {} },
} as unknown as StageEvidence

export const start = 1_800_000_000_000_000n

export interface WorldOptions {
  readonly deployment?: Partial<DeploymentData>
  readonly production?: boolean
  /** What a look finds; throws where nothing can be measured. */
  look?(): StageEvidence
  /** Told each time the routing is written. */
  onRoute?(routed: unknown): void
}

/** Rollouts of one deployment, `late`, over a real store; routers, traffic and the gate are played. */
export async function rolloutWorld(db: MetadataDatabase, options: WorldOptions = {}) {
  const deployment = {
    ...{ kind: 'deployment', name: 'late', model: 'late', fallback: { kind: 'constant', score: 0.2 } },
    ...{ deadline: '500ms', log: 'written', rollout: quickRollout },
    ...options.deployment,
  } as DeploymentData
  const clock = settableClock(start)
  const state = {
    deployment,
    look: options.look ?? (() => goodEvidence),
    routed: [] as { readonly digest: string; readonly routing: { readonly seq: number } }[],
    published: new Set<string>(),
    kills: [] as LocalKill[],
    suggested: [] as SuggestedStep[],
    /** Routers follow at once, unless told otherwise. */
    follows: true,
  }
  const counts = async (): Promise<FrontCounts | null> => ({
    arms: [],
    shadow: { scored: 0, drops: {} },
    routers: [
      {
        router: 'r1',
        seq: state.follows ? (state.routed.at(-1)?.routing.seq ?? 0) : 0,
        loaded: [],
        refused: {},
      },
    ],
  })
  const rollouts = createRollouts({
    uow: db,
    clock,
    releases: {
      publish: async ({ digest }) => void state.published.add(digest),
      point: async () => undefined,
      keepOnly: async () => undefined,
      route: async (_, routed) => {
        state.routed.push(routed)
        options.onRoute?.(routed)
      },
    },
    dataPlane: { url: null, status: async () => [], predict: async () => null, counts },
    releaseDefinitions: async () => ({ deployment: state.deployment }) as never,
    definedDeployments: async () => [state.deployment],
    assertSigned: async () => undefined,
    signaturesOf: async () => ({}),
    freezeCard: async () => undefined,
    readyWithinMs: 100,
    followedWithinMs: 0,
    production: options.production ?? false,
    collectorOf: async () => ({ look: async () => state.look(), forget: () => undefined }),
    suggest: async suggested => void state.suggested.push(suggested),
    localKills: async () => state.kills,
    liftLocal: async (name, by) =>
      void state.kills.push({ deployment: name, at: '2026-01-01T00:00:00.000000Z', level: 'lift', by }),
    openSuggestion: async () => null,
  })
  const later = (duration: string) => clock.set(clock.nowMicros() + parseDuration(duration))
  /** So long in steps of a second, with a look at each. */
  const run = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      later('1s')
      await rollouts.controller.lookAt('late')
    }
  }
  const release = (number: number) => makeRelease(db, { clock, number })
  const mila = { name: 'mila' }
  const begin = async (number: number, principal = mila) =>
    rollouts.start({ name: 'late', record: await release(number), reason: 'better', principal })
  const stateOf = async (id: string) => (await rollouts.detail('late', id)).state
  return { rollouts, clock, state, later, run, release, begin, stateOf, mila, counts }
}

/** A release of a version of its own, with a verdict that stands against what serves now. */
async function makeRelease(
  db: MetadataDatabase,
  { clock, number }: { readonly clock: { nowMicros(): bigint }; readonly number: number },
): Promise<ReleaseRecord> {
  const known = (await db.read.deployments.listReleases('late')).find(each => each.release.number === number)
  const digest = known?.release.digest ?? `sha256:${String(number).padStart(64, '0')}`
  const serving = (await db.read.deployments.servingReleases())['late']?.release
  const at = clock.nowMicros()
  const page: SignedVerdictPage = {
    ...samplePage,
    release: { ...samplePage.release, number, digest },
    champion: serving ? { number: serving.number, digest: serving.digest, version: 1 } : null,
  }
  const verdict = { id: newId('vrd'), run: 'prn_1', hash: digest, at, page }
  await db.transaction(stores =>
    stores.deployments.insertVerdict({ ...verdict, expiresAt: at + parseDuration('7d') }),
  )
  if (known) return known
  const { version } = await createRegistryService({ uow: db, clock }).registerVersion(
    {
      ...{ model: 'late', experimentRun: null, pipelineRun: null, format: 'linear', metrics: {} },
      ...{ trainingSet: null, environment: { number }, evaluation: null },
      signature: { inputs: [], outputs: [{ name: 'score', type: 'float64', nullable: false }] },
      files: [{ path: 'model.json', hash: digest, bytes: 1 }],
    },
    { name: 'mila' },
  )
  const release = {
    ...{ schema: 1, deployment: 'late', number, digest, createdAt: '', parent: null, changed: [] },
    model: { name: 'late', version, digest, format: 'linear', files: [] },
    signature: { inputs: [], outputs: [] },
    features: {
      request: [{ name: 'user', type: 'string', role: 'key', nullable: false, description: null }],
    },
  } as unknown as Release
  const record: ReleaseRecord = { release, createdAt: at, by: 'mila', reason: 'gate' }
  await db.transaction(stores => stores.deployments.insertRelease(record))
  return record
}
