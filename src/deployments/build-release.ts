import {
  type DeploymentData,
  indexProject,
  type ModelData,
  type ThresholdSetData,
  type TrainingSetData,
  vectorColumns,
} from '../definitions/index.ts'
import { canonicalJson, contentHash, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { formatTimestamp, type Micros } from '../kernel/time.ts'
import { type ReleasableVersion, type Release, releaseDigest } from '../registry/index.ts'

/** What the release takes from the applied project: the training set's lookups decide what serving looks up. */
export interface ReleaseDefinitions {
  readonly deployment: DeploymentData
  readonly model: ModelData
  readonly trainingSet: TrainingSetData
  readonly views: Release['features']['views']
  readonly sources: Release['features']['sources']
  readonly entities: Parameters<typeof indexProject>[0]
  readonly onDemand: Release['features']['onDemand']
}

export interface ReleaseFacts {
  readonly number: number
  readonly at: Micros
  readonly selfTest: Release['selfTest']
  readonly tolerance: number
  /** Thresholds by segment; absent: the declared one is for all. */
  readonly thresholdSet?: ThresholdSetData | undefined
  /** What serves now. */
  readonly parent?: Release | undefined
}

/**
 * Hash of the declared contract set: contracts and slices as written, relative margins unresolved (releases.md §1); null
 * when there are none. The release and its signed page carry it, and another declared set voids the signature. The hash of
 * the resolved set (`ContractsReport.setHash`), with margins as numbers, says by what a verdict was reached.
 */
export function contractSetHash({ contracts, slices }: DeploymentData): string | null {
  if ((contracts ?? []).length === 0 && (slices ?? []).length === 0) return null
  return contentHash({ contracts: contracts ?? [], slices: slices ?? [] } as unknown as Json)
}

/**
 * The immutable release document. Its digest is over everything but number, time, origin and itself, so deploying the same
 * model with the same definitions again gives the same digest. Throws SIGNATURE_MISMATCH when the model was
 * trained on other columns than the definitions now give.
 */
export function buildRelease(
  definitions: ReleaseDefinitions,
  version: ReleasableVersion,
  facts: ReleaseFacts,
): Release {
  const { deployment } = definitions
  const body = {
    schema: 1 as const,
    deployment: deployment.name,
    model: {
      name: version.model,
      version: version.version,
      digest: version.digest,
      format: version.format,
      files: version.files,
    },
    signature: version.signature,
    features: releaseFeatures(definitions, version),
    action: deployment.action
      ? { name: deployment.action.name, threshold: deployment.action.threshold }
      : null,
    fallback: deployment.fallback,
    deadline: deployment.deadline,
    log: deployment.log,
    environment: version.environment,
    trainingSet: version.trainingSet,
    selfTest: facts.selfTest,
    tolerance: facts.tolerance,
    ...(facts.thresholdSet === undefined ? {} : { thresholdSet: facts.thresholdSet }),
    ...termsOf(deployment),
  }
  const digest = releaseDigest(body)
  const release = { ...body, number: facts.number, digest, createdAt: formatTimestamp(facts.at) }
  const { parent } = facts
  if (parent === undefined || parent.digest === digest) return release
  return { ...release, parent: parent.digest, changed: changedFields(parent, release) }
}

function termsOf(
  deployment: DeploymentData,
): Pick<Release, 'contracts' | 'purpose' | 'reasons' | 'feedback'> {
  const { slices = [], contracts = [], purpose, reasons, feedback = [] } = deployment
  const hash = contractSetHash(deployment)
  return {
    ...(hash === null ? {} : { contracts: { slices, contracts, hash } }),
    ...(purpose === undefined ? {} : { purpose: contentHash(purpose as unknown as Json) }),
    ...(reasons === undefined ? {} : { reasons }),
    ...(feedback.length === 0 ? {} : { feedback }),
  }
}

const ofItself: ReadonlySet<string> = new Set([
  'number',
  'digest',
  'createdAt',
  'parent',
  'changed',
  'schema',
])

/** Names of the fields in which two releases differ, in the order of the document. */
function changedFields(before: Release, after: Release): readonly string[] {
  const text = (release: Release, field: string) =>
    canonicalJson((release[field as keyof Release] ?? null) as unknown as Json)
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].filter(
    field => !ofItself.has(field) && text(before, field) !== text(after, field),
  )
}

function releaseFeatures(
  { trainingSet, views, sources, entities, onDemand }: ReleaseDefinitions,
  version: ReleasableVersion,
): Release['features'] {
  const index = indexProject([...sources, ...views, ...onDemand, ...entities])
  const vector = vectorColumns(trainingSet, index)
  const trained = version.signature.inputs.map(input => input.name)
  const given = vector.map(column => column.name)
  if (trained.join('\n') !== given.join('\n')) {
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      `version ${version.version} of "${version.model}" was trained on other columns than the definitions now give`,
      {
        hint: 'Train a new version, or apply the definitions it was trained on.',
        details: { trained, given },
      },
    )
  }
  return {
    request: requestSignature(trainingSet, index),
    lookups: trainingSet.lookups,
    fullNames: trainingSet.fullNames,
    views,
    sources,
    onDemand,
    vector: vector.map(({ name, from, ref }) => ({ name, from, ref })),
  }
}

/** What a caller sends: the spine columns that lookups take keys from, then request fields; each once. */
function requestSignature(
  set: TrainingSetData,
  { sources, onDemand }: ReturnType<typeof indexProject>,
): Release['features']['request'] {
  const columns = sources.get(set.spine.source)?.columns ?? []
  const keys = set.lookups.flatMap(lookup => lookup.keys)
  const needed = set.onDemand.flatMap(name =>
    (onDemand.get(name)?.inputs ?? []).flatMap(input => (input.from === 'request' ? [input.name] : [])),
  )
  const sent = [...set.request, ...needed].filter(name => !keys.includes(name))
  const field = (name: string, role: 'key' | 'request') => {
    const column = columns.find(each => each.name === name)
    return {
      name,
      type: column?.type ?? 'string',
      role,
      nullable: role === 'request',
      description: column?.description ?? null,
    } as const
  }
  return [
    ...[...new Set(keys)].map(name => field(name, 'key')),
    ...[...new Set(sent)].map(name => field(name, 'request')),
  ]
}
