import type { ServingPlan } from '../../evaluation/index.ts'
import type { Principal } from '../../governance/index.ts'
import { canonicalJson, type Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, parseDuration } from '../../kernel/time.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { GateCheck, VerdictPage } from '../gate/model.ts'
import { signPage, summaryOf, verdictOf } from '../gate/verdict.ts'
import type { ReleaseRecord, StoredVerdict } from '../ports.ts'

/** A page is good for this long (releases.md §15). */
const standsFor = parseDuration('7d')

export interface Conclusion {
  /** Id of the pipeline run. */
  readonly run: string
  readonly name: string
  readonly number: number
  /** What it was compared with. */
  readonly champion: VerdictPage['champion']
  readonly checks: readonly GateCheck[]
  /** Object of the JudgedRelease. */
  readonly judged: string | null
  readonly servingPlan?: ServingPlan | undefined
  readonly principal: Principal
}

/** Judges the checks, signs the page and keeps it. Told twice by one run, it is kept once. */
export async function concludeRelease(
  deps: DeploymentsDependencies,
  conclusion: Conclusion,
): Promise<StoredVerdict> {
  const id = conclusion.run.replace(/^[a-z]+_/, 'vrd_')
  const known = await deps.uow.read.deployments.findVerdict(id)
  if (known) return known
  const { release } = await findRelease(deps, conclusion.name, conclusion.number)
  const at = deps.clock.nowMicros()
  const page = signPage(deps.signer, {
    schema: 1,
    deployment: conclusion.name,
    release: {
      number: release.number,
      digest: release.digest,
      model: release.model.name,
      version: release.model.version,
      changed: release.changed ?? [],
    },
    champion: conclusion.champion,
    verdict: verdictOf(conclusion.checks),
    summary: summaryOf(conclusion.checks),
    checks: conclusion.checks,
    contractSet: release.contracts?.hash ?? null,
    judged: conclusion.judged,
    ...(conclusion.servingPlan === undefined ? {} : { servingPlan: conclusion.servingPlan }),
    at: formatTimestamp(at),
    expiresAt: formatTimestamp(at + standsFor),
    by: conclusion.principal.name,
  })
  const { hash } = await deps.objects.putBytes(Buffer.from(canonicalJson(page as unknown as Json)))
  const stored = { id, run: conclusion.run, hash, at, expiresAt: at + standsFor, page }
  await deps.uow.transaction(async stores => {
    if (await stores.deployments.findVerdict(id)) return
    await stores.deployments.insertVerdict(stored)
    await stores.audit.append({
      at,
      principal: conclusion.principal.name,
      action: auditActions[page.verdict],
      object: `deployment:${conclusion.name}`,
      details: {
        release: release.number,
        digest: release.digest,
        page: hash,
        run: conclusion.run,
        summary: page.summary,
      },
    })
  })
  return stored
}

const auditActions = {
  pass: 'release.verified',
  fail: 'release.refused',
  inconclusive: 'release.inconclusive',
} as const satisfies Record<VerdictPage['verdict'], string>

/** Throws RELEASE_UNKNOWN. */
export async function findRelease(
  { uow }: Pick<DeploymentsDependencies, 'uow'>,
  name: string,
  number: number,
): Promise<ReleaseRecord> {
  const found = (await uow.read.deployments.listReleases(name)).find(each => each.release.number === number)
  return found ?? unknownRelease(name, number)
}

export function unknownRelease(name: string, number: number | undefined): never {
  throw new FettleError('RELEASE_UNKNOWN', `deployment "${name}" has no release ${number ?? 'yet'}`)
}
