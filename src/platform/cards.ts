import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import { judgedRelease, servedAction } from '../deployments/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Clock } from '../kernel/clock.ts'
import {
  type CardFacts,
  createModelCards,
  type ModelCards,
  type ModelVersion,
  type SigningService,
  type VersionEvaluations,
} from '../registry/index.ts'
import type { ReproductionService, VersionManifest } from '../reproduction/index.ts'

interface CardParts {
  readonly database: MetadataDatabase
  readonly clock: Clock
  readonly signing: SigningService
  readonly objects: Parameters<typeof judgedRelease>[0]['objects']
  readonly reproductions: Pick<ReproductionService, 'manifest' | 'classOf'>
  readonly evaluations: Pick<VersionEvaluations, 'list' | 'newest'>
}

/** Model cards out of what definitions, manifests and reproductions say of a version. */
export function openCards(parts: CardParts): ModelCards {
  const { database: uow, clock, signing, reproductions } = parts
  return createModelCards({
    uow,
    clock,
    signing,
    async facts(version): Promise<CardFacts> {
      const current = await uow.read.definitions.listCurrent()
      const defined = current.map(each => each.definition)
      const model = defined.find(each => each.kind === 'model' && each.name === version.model)
      const { manifest, hash } = await reproductions.manifest(version)
      const found = await reproductions.classOf(version)
      const serving = await uow.read.deployments.servingReleases()
      return {
        ...definedFacts(model),
        ...manifestFacts(manifest),
        ...(await keptFacts(parts, version)),
        ...(await judgedFacts(parts, version)),
        manifest: hash,
        actions: defined.flatMap(each => {
          if (each.kind !== 'deployment' || each.model !== version.model) return []
          const action = servedAction(each, serving[each.name]?.release.thresholdSet)
          return action ? [{ ...action, deployment: each.name, action: action.name }] : []
        }),
        ...(found && { reproduction: { class: found.class, reason: found.reason, at: found.at } }),
      }
    },
  })
}

/** What the newest evaluation says that was kept with the version, and what all of them were made on. */
async function keptFacts(
  { evaluations }: Pick<CardParts, 'evaluations'>,
  version: ModelVersion,
): Promise<Pick<CardFacts, 'kept' | 'evaluation' | 'fairness' | 'importance'>> {
  const kept = await evaluations.list(version)
  const newest = await evaluations.newest(version.digest)
  if (newest === undefined) return { kept }
  const { report: evaluation, fairness, importance } = newest
  return { kept, evaluation, ...(fairness && { fairness }), ...(importance && { importance }) }
}

/** Fairness and importance as the newest judged release of the version has them. */
async function judgedFacts(
  { database: uow, objects }: Pick<CardParts, 'database' | 'objects'>,
  { model, version }: { readonly model: string; readonly version: number },
): Promise<Pick<CardFacts, 'fairness' | 'importance'>> {
  const own = (await uow.read.deployments.releasesOf(model)).filter(each => each.version === version)
  for (const { deployment, number } of own.toReversed()) {
    const judged = await judgedRelease({ uow, objects }, deployment, number)
    if (judged === null) continue
    const { fairness, importance } = judged
    return {
      ...(fairness && { fairness: fairness as unknown as Json }),
      ...(importance && { importance: importance as unknown as Json }),
    }
  }
  return {}
}

type Definition = Awaited<
  ReturnType<MetadataDatabase['read']['definitions']['listCurrent']>
>[number]['definition']

function definedFacts(model: Definition | undefined): Partial<CardFacts> {
  if (model?.kind !== 'model') return {}
  const { description, owner, task, metric } = model
  return { task, chosenBy: metric, ...(description && { description }), ...(owner && { owner }) }
}

function manifestFacts({
  data,
  environment,
  code,
}: VersionManifest): Pick<CardFacts, 'data' | 'environment' | 'code'> {
  const named = (name: string, value: unknown): (readonly [string, string])[] =>
    value === null || value === undefined ? [] : [[name, words(value)]]
  return {
    ...('unavailable' in data
      ? {}
      : {
          data: {
            ...{ asOf: data.asOf, label: data.label, splits: data.splits },
            sources: Object.entries(data.sources).map(([source, version]) => `${source} ${version}`),
            views: data.views.map(({ name, version }) => `${name} v${version}`),
          },
        }),
    environment: [
      ...named('Interpreter', environment.interpreter),
      ...named('Platform', environment.platform),
      ...named('Lock', environment.lock),
      ...named('Machine', environment.machine),
      ...named('GPU', environment.gpu),
    ],
    code: [
      ...named('Repository', code.repository),
      ...named('Commit', code.commit),
      ...named('Build', code.build),
      ...named('Entry', code.entry),
    ],
  }
}

/** What is unavailable says why. */
function words(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('unavailable' in value) return `unavailable: ${String(value.unavailable)}`
  if ('hash' in value) return String(value.hash)
  return Object.entries(value)
    .map(([key, each]) => `${key} ${String(each)}`)
    .join(', ')
}
