import { join } from 'node:path'
import {
  besideSettled,
  checkCompatible,
  checkContracts,
  checkPurpose,
  checkReasons,
  type Finding,
  failed,
  type GateCheck,
  type JudgedRelease,
  type JudgeRequest,
  layFiles,
  passed,
} from '../../deployments/index.ts'
import type { ScorerFactory, ServingPlan } from '../../evaluation/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { ActionContext, ObjectStore } from '../../pipelines/index.ts'
import type { Release } from '../../registry/index.ts'
import type { DecisionReader } from '../../serving/index.ts'
import { type IsolatedCopy, releaseFolderIn, startCopy } from './copy.ts'
import { checkLoad } from './load.ts'
import { checkOnlineBatch } from './online-batch.ts'
import { checkReplay } from './replay.ts'
import { checkSafety } from './safety.ts'
import { chooseScorer } from './scorer.ts'
import { checkSelfTest } from './self-test.ts'
import { checkSignatureFuzz } from './signature-fuzz.ts'
import { type GateVectors, gateVectors } from './vectors.ts'

export interface GateParts {
  readonly request: JudgeRequest
  readonly release: Release
  readonly champion: Release | null
  /** What scores the champion. */
  readonly championPlan?: ServingPlan | undefined
  readonly judged: JudgedRelease | null
  /** What the version rests on and cannot be had, in words. */
  readonly missing: readonly string[]
  readonly objects: ObjectStore
  readonly scorers: ScorerFactory
  readonly decisions: Pick<DecisionReader, 'latest'>
  readonly context: Pick<ActionContext, 'log' | 'progress' | 'scratchFolder' | 'signal'>
}

interface PlannedCheck {
  readonly name: string
  readonly title: string
  run(): Finding | Promise<Finding>
}

/** What the gate found, and the scorer it measured and chose. */
export interface GateOutcome {
  readonly checks: readonly GateCheck[]
  readonly servingPlan: ServingPlan | null
}

/** All checks of the gate, in order (releases.md §15). What has no files is not started. */
export async function runGate(parts: GateParts): Promise<GateOutcome> {
  const checks: GateCheck[] = []
  const resolve: PlannedCheck = {
    name: 'resolve',
    title: 'Every file can be had by its hash',
    run: () => checkResolve(parts),
  }
  const resolved = await run(resolve, checks, parts)
  await run(
    {
      name: 'compatible',
      title: 'Callers need not change',
      run: () => checkCompatible(parts.release, parts.champion),
    },
    checks,
    parts,
  )
  const servingPlan = resolved.verdict === 'pass' ? await checkInCopy(parts, checks) : null
  for (const planned of checksOfPaper(parts)) await run(planned, checks, parts)
  return { checks, servingPlan }
}

const inAll = 11

async function run(
  { name, title, run: check }: PlannedCheck,
  checks: GateCheck[],
  { context }: GateParts,
): Promise<GateCheck> {
  context.signal.throwIfAborted()
  context.progress({ done: checks.length, total: inAll, unit: 'checks', message: title })
  const started = performance.now()
  const found = await check()
  const done: GateCheck = { name, title, blocks: true, ...found, ms: Math.round(performance.now() - started) }
  checks.push(done)
  context.log(`${name}: ${done.verdict}; ${done.finding}`)
  return done
}

function checkResolve({ request, release, missing }: GateParts): Finding {
  const lost = [...request.unresolved.map(({ path, why }) => `${path} (${why})`), ...missing]
  const n = release.model.files.length + (request.set?.files.length ?? 0)
  if (lost.length === 0)
    return passed(`${n} files of the model and its rows, its environment and its code`, { n })
  return failed(
    `not to be had: ${lost.join(', ')}`,
    'Restore the objects from a backup, or train the version again.',
    { n },
  )
}

async function checkInCopy(parts: GateParts, checks: GateCheck[]): Promise<ServingPlan | null> {
  const { release, champion, championPlan, context } = parts
  const vectors = await gateVectors(parts.decisions, release)
  const folder = join(context.scratchFolder, 'copy')
  const plan = await checkScorer(parts, checks, { folder, vectors })
  if (plan === null) return null
  const copy = await startCopy({
    ...{ folder, objects: parts.objects, rows: vectors.rows, onLine: context.log },
    releases: { candidate: release, ...(isSeparate(release, champion) ? { champion } : {}) },
    plans: { candidate: plan, champion: championPlan },
  })
  try {
    for (const planned of checksOfCopy(parts, copy, { ...vectors, scorer: plan })) {
      const { verdict } = await run(planned, checks, parts)
      if (planned.name === 'self-test' && verdict === 'fail') break
    }
  } finally {
    await copy.stop()
  }
  return plan
}

/** Comes first: what is checked afterwards is scored by what will score it. */
async function checkScorer(
  parts: GateParts,
  checks: GateCheck[],
  { folder, vectors }: { readonly folder: string; readonly vectors: GateVectors },
): Promise<ServingPlan | null> {
  const { release, objects, context } = parts
  const files = releaseFolderIn(folder, release)
  await layFiles(objects, release.model.files, files)
  let chosen: ServingPlan | null = null
  const planned: PlannedCheck = {
    name: 'scorer',
    title: 'The scorer that takes least, measured and pinned',
    async run() {
      const { rows, callSizes } = vectors
      const { scratchFolder, signal } = context
      const { finding, plan } = await chooseScorer({
        ...{ release, folder: files, rows, callSizes, scratchFolder, signal },
      })
      chosen = plan
      return finding
    },
  }
  await run(planned, checks, parts)
  return chosen
}

/** The release that serves is not compared with itself. */
function isSeparate(release: Release, champion: Release | null): champion is Release {
  return champion !== null && champion.digest !== release.digest
}

function checksOfCopy(
  parts: GateParts,
  copy: IsolatedCopy,
  { rows, source, plan, scorer: pinned }: GateVectors & { readonly scorer: ServingPlan },
): readonly PlannedCheck[] {
  const { release, champion } = parts
  return [
    {
      name: 'self-test',
      title: 'The serving process gives the scores it was trained to give',
      run: () => checkSelfTest(copy, release),
    },
    {
      name: 'signature-fuzz',
      title: 'Bad input ends as declared',
      run: () => checkSignatureFuzz(copy, release, rows),
    },
    {
      name: 'online-batch',
      title: 'Online and batch scores are the same bits',
      run: () => withScorer(parts, scorer => checkOnlineBatch(copy, release, { rows, scorer, source })),
    },
    {
      name: 'load',
      title: 'Logged vectors at rising rates, beside the champion',
      run: () => checkLoad(copy, { rows, plan, champion: isSeparate(release, champion) }),
    },
    {
      name: 'safety',
      title: 'Fallback, breaker and kill switch, fired once',
      run: () => checkSafety(copy, release, { rows, plan: pinned }),
    },
  ]
}

async function withScorer(
  { scorers, release, context }: GateParts,
  use: (scorer: Awaited<ReturnType<ScorerFactory['open']>>) => Promise<Finding>,
): Promise<Finding> {
  const folder = releaseFolderIn(join(context.scratchFolder, 'copy'), release)
  const { format } = release.model
  const scorer = await scorers
    .open({ folder, format, inputs: release.signature.inputs.length })
    .catch((error: unknown) => messageOf(error))
  if (typeof scorer === 'string')
    return failed(`no scorer opens the model: ${scorer}`, 'Export the model again.')
  try {
    return await use(scorer)
  } finally {
    await scorer.close()
  }
}

function checksOfPaper(parts: GateParts): readonly PlannedCheck[] {
  const {
    request: { terms, settled },
    release,
    judged,
  } = parts
  return [
    ...replayOf(parts),
    {
      name: 'contracts',
      title: 'The contracts on held-out rows',
      run: () => besideSettled(checkContracts(terms, judged), settled),
    },
    {
      name: 'reasons',
      title: 'Every input has a reason in plain words',
      run: () => checkReasons(terms, release),
    },
    {
      name: 'purpose',
      title: 'What the deployment is for',
      run: () => checkPurpose(terms),
    },
  ]
}

/** Where only thresholds are new, what they would have done is known. */
function replayOf({ request, release, champion, decisions }: GateParts): readonly PlannedCheck[] {
  if (request.thresholds !== 'given' || champion === null) return []
  return [
    {
      name: 'replay',
      title: 'What the thresholds would have done to logged decisions',
      run: () => checkReplay(decisions, { release, champion }),
    },
  ]
}
