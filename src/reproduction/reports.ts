import { auditWriter, type Principal } from '../governance/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { newId } from '../kernel/ids.ts'
import { formatTimestamp } from '../kernel/time.ts'
import type { Compared } from './compare-action.ts'
import type { ReproductionReport } from './model.ts'
import type { StoredReport } from './ports.ts'
import type { ReproductionDependencies } from './service.ts'
import { signReport } from './sign-report.ts'
import { defaultTolerance, firstDifference, judge } from './verdict.ts'
import { keepManifest, type LookedAt, putJson, subjectOf } from './versions.ts'

/** The report of what could not even begin. */
export function keepInconclusive(
  deps: ReproductionDependencies,
  { manifest, hash, ingredients, erased }: LookedAt,
  principal: Principal,
): Promise<StoredReport> {
  const content = {
    ...header(deps, { id: newId('rep'), manifest, hash, run: null, principal }),
    ...judge({ ingredients, erased, items: [] }),
    firstDifference: null,
    tolerance: defaultTolerance,
    ingredients,
    items: [],
    erased,
    seconds: {},
  }
  return keepReport(deps, { content, principal })
}

function header(
  { clock, project }: ReproductionDependencies,
  {
    id,
    manifest,
    hash,
    run,
    principal,
  }: {
    readonly id: string
    readonly manifest: LookedAt['manifest']
    readonly hash: string
    readonly run: string | null
    readonly principal: Principal
  },
) {
  return {
    schema: 1 as const,
    id,
    project,
    ...manifest.subject,
    manifest: hash,
    run,
    at: formatTimestamp(clock.nowMicros()),
    by: principal.name,
  }
}

/** Judges, signs and keeps what the comparing step of a run found. Told twice, it is kept once. */
export async function recordCompared(
  deps: ReproductionDependencies,
  { run, compared, principal }: { run: string; compared: Compared; principal: Principal },
): Promise<StoredReport> {
  const id = run.replace(/^[a-z]+_/, 'rep_')
  const known = await deps.uow.read.reproductions.findReport(id)
  if (known) return known
  const version = await deps.registry.getVersion(compared.model, compared.version)
  const { manifest, hash } = await keepManifest(deps, version)
  if (hash !== compared.manifest)
    throw new FettleError(
      'INGREDIENTS_MISSING',
      `${subjectOf(compared)} is another version than the one that was made again`,
    )
  const { items, ingredients, erased, tolerance, seconds } = compared
  return keepReport(deps, {
    content: {
      ...header(deps, { id, manifest, hash, run, principal }),
      ...judge({ ingredients, erased, items }),
      firstDifference: firstDifference(items, ingredients),
      tolerance,
      ingredients,
      items,
      erased,
      seconds,
    },
    principal,
  })
}

async function keepReport(
  deps: ReproductionDependencies,
  { content, principal }: { content: Omit<ReproductionReport, 'signature'>; principal: Principal },
): Promise<StoredReport> {
  const report = signReport(deps.signer, content)
  const { hash } = await putJson(deps, report as unknown as Json)
  const stored = { hash, at: deps.clock.nowMicros(), report }
  await deps.uow.transaction(async stores => {
    await stores.reproductions.insertReport(stored)
    await auditWriter(deps.clock, principal)(stores, {
      action: 'model-version.reproduced',
      object: `model:${report.model}`,
      details: { version: report.version, report: report.id, verdict: report.verdict, class: report.class },
    })
  })
  return stored
}
