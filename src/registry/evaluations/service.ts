import { type AuditStores, auditWriter, type Principal } from '../../governance/index.ts'
import { canonicalJson, type Json } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { ObjectStore } from '../../pipelines/index.ts'
import { type JsonObject, objectOf } from '../card/report-json.ts'
import { knownVersion } from '../lookups.ts'
import type { RegistryStore } from '../ports.ts'
import type { EvaluationContent, KeptEvaluation } from './model.ts'
import type { EvaluationStore } from './ports.ts'

interface VersionName {
  readonly model: string
  readonly version: number
}

/** Errors: MODEL_VERSION_UNKNOWN, MODEL_INVALID for a report that is none, EVALUATION_UNKNOWN. */
export interface VersionEvaluations {
  /** Keeps a report with a version; the same again is the one there is. */
  keep(version: VersionName, content: EvaluationContent, principal: Principal): Promise<KeptEvaluation>
  /** Newest first. */
  list(version: VersionName): Promise<readonly KeptEvaluation[]>
  get(version: VersionName, hash: string): Promise<KeptEvaluation & EvaluationContent>
  /** The newest of a digest with its reports; undefined where none was kept. */
  newest(digest: string): Promise<(KeptEvaluation & EvaluationContent) | undefined>
}

export interface VersionEvaluationsDeps {
  readonly uow: UnitOfWork<
    AuditStores & { readonly registry: RegistryStore; readonly evaluations: EvaluationStore }
  >
  readonly objects: Pick<ObjectStore, 'putBytes' | 'getBytes'>
  readonly clock: Clock
}

export function createVersionEvaluations(deps: VersionEvaluationsDeps): VersionEvaluations {
  const { uow } = deps
  const read = async (kept: KeptEvaluation) => ({ ...kept, ...(await contentOf(deps, kept.hash)) })
  const listed = async ({ model, version }: VersionName) => {
    const { digest } = await knownVersion(uow.read.registry, model, version)
    return uow.read.evaluations.listEvaluations(digest)
  }
  return {
    keep: (name, content, principal) => keep(deps, { name, content }, principal),
    list: listed,
    async get(name, hash) {
      const kept = (await listed(name)).find(each => each.hash === hash)
      if (kept === undefined)
        throw new FettleError(
          'EVALUATION_UNKNOWN',
          `Version ${name.version} of "${name.model}" has no evaluation ${hash.slice(0, 80)}`,
        )
      return read(kept)
    },
    async newest(digest) {
      const [kept] = await uow.read.evaluations.listEvaluations(digest)
      return kept && read(kept)
    },
  }
}

async function keep(
  { uow, objects, clock }: VersionEvaluationsDeps,
  { name, content }: { readonly name: VersionName; readonly content: EvaluationContent },
  principal: Principal,
): Promise<KeptEvaluation> {
  const { model, version, digest } = await knownVersion(uow.read.registry, name.model, name.version)
  const facts = factsOf(content)
  const document = { schema: 1, model, version, digest, ...content } satisfies Json
  const { hash } = await objects.putBytes(Buffer.from(canonicalJson(document)))
  const former = (await uow.read.evaluations.listEvaluations(digest)).find(each => each.hash === hash)
  if (former !== undefined) return former
  const kept = { ...facts, hash, at: clock.nowMicros(), by: principal.name }
  await uow.transaction(async stores => {
    await stores.evaluations.insertEvaluation(digest, kept)
    await auditWriter(clock, principal)(stores, {
      action: 'model-evaluation.kept',
      object: `model:${model}`,
      details: { version, report: hash, rows: kept.rowSet },
    })
  })
  return kept
}

type Facts = Pick<KeptEvaluation, 'on' | 'rowSet' | 'rows' | 'against' | 'verdict'>

function factsOf({ report, comparison, contracts }: EvaluationContent): Facts {
  const found = objectOf(report)
  const { split, rowSet } = found ?? {}
  const rows = objectOf(found?.['coverage'])?.['rows']
  if (typeof split !== 'string' || typeof rowSet !== 'string' || typeof rows !== 'number')
    throw new FettleError(
      'MODEL_INVALID',
      'The report says neither on which rows nor on how many it was made',
      {
        hint: 'Keep reports that fettle evaluate has made.',
      },
    )
  return {
    ...{ on: split, rowSet, rows },
    against: textIn(objectOf(comparison), 'champion'),
    verdict: textIn(objectOf(contracts), 'verdict') as Facts['verdict'],
  }
}

const textIn = (value: JsonObject | undefined, name: string): string | null => {
  const text = value?.[name]
  return typeof text === 'string' ? text : null
}

async function contentOf({ objects }: VersionEvaluationsDeps, hash: string): Promise<EvaluationContent> {
  const text = Buffer.from(await objects.getBytes(hash)).toString('utf8')
  const { schema: _, model: __, version: ___, digest: ____, ...content } = JSON.parse(text)
  return content as EvaluationContent
}
