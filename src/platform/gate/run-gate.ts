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
  passed,
} from '../../deployments/index.ts'
import type { ScorerFactory } from '../../evaluation/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { ActionContext, ObjectStore } from '../../pipelines/index.ts'
import type { Release } from '../../registry/index.ts'
import { type IsolatedCopy, startCopy } from './copy.ts'
import { checkLoad } from './load.ts'
import { checkOnlineBatch } from './online-batch.ts'
import { checkReplay } from './replay.ts'
import { checkSafety } from './safety.ts'
import { checkSelfTest } from './self-test.ts'
import { checkSignatureFuzz } from './signature-fuzz.ts'
import { type GateVectors, gateVectors } from './vectors.ts'

export interface GateParts {
  readonly request: JudgeRequest
  readonly release: Release
  readonly champion: Release | null
  readonly judged: JudgedRelease | null
  /** What the version rests on and cannot be had, in words. */
  readonly missing: readonly string[]
  readonly objects: ObjectStore
  readonly scorers: ScorerFactory
  readonly servingFolder: string
  readonly context: Pick<ActionContext, 'log' | 'progress' | 'scratchFolder' | 'signal'>
}

interface PlannedCheck {
  readonly name: string
  readonly title: string
  run(): Finding | Promise<Finding>
}

/** All checks of the gate, in order (releases.md §15). What has no files is not started. */
export async function runGate(parts: GateParts): Promise<readonly GateCheck[]> {
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
  if (resolved.verdict === 'pass') await checkInCopy(parts, checks)
  for (const planned of checksOfPaper(parts)) await run(planned, checks, parts)
  return checks
}

const inAll = 10

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

async function checkInCopy(parts: GateParts, checks: GateCheck[]): Promise<void> {
  const { release, champion, context } = parts
  const vectors = await gateVectors(parts.servingFolder, release)
  const copy = await startCopy({
    folder: join(context.scratchFolder, 'copy'),
    objects: parts.objects,
    releases: { candidate: release, ...(isSeparate(release, champion) ? { champion } : {}) },
    rows: vectors.rows,
    onLine: context.log,
  })
  try {
    for (const planned of checksOfCopy(parts, copy, vectors)) {
      const { verdict } = await run(planned, checks, parts)
      if (planned.name === 'self-test' && verdict === 'fail') return
    }
  } finally {
    await copy.stop()
  }
}

/** The release that serves is not compared with itself. */
function isSeparate(release: Release, champion: Release | null): champion is Release {
  return champion !== null && champion.digest !== release.digest
}

function checksOfCopy(
  parts: GateParts,
  copy: IsolatedCopy,
  { rows, source, plan }: GateVectors,
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
      run: () => checkSafety(copy, release, rows),
    },
  ]
}

async function withScorer(
  { scorers, release, context }: GateParts,
  use: (scorer: Awaited<ReturnType<ScorerFactory['open']>>) => Promise<Finding>,
): Promise<Finding> {
  const folder = join(
    context.scratchFolder,
    'copy',
    'serving',
    'releases',
    release.digest.replace(/^sha256:/, ''),
  )
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
function replayOf({ request, release, champion, servingFolder }: GateParts): readonly PlannedCheck[] {
  if (request.thresholds !== 'given' || champion === null) return []
  return [
    {
      name: 'replay',
      title: 'What the thresholds would have done to logged decisions',
      run: () => checkReplay(servingFolder, { release, champion }),
    },
  ]
}
