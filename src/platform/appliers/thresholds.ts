import type { DeploymentData, ThresholdSetData } from '../../definitions/index.ts'
import {
  changedThresholds,
  type DeploymentsService,
  editedThreshold,
  type ReleaseRecord,
  type StoredVerdict,
  servedThreshold,
  type ThresholdChange,
  type ThresholdDetails,
} from '../../deployments/index.ts'
import { thresholdRuleHash } from '../../evaluation/index.ts'
import type {
  Application,
  DecidedSuggestion,
  GroupApplier,
  SuggestionBatch,
  Suggestions,
} from '../../governance/index.ts'
import { canonicalJson, type Json, sha256Hex } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { ObjectStore } from '../../pipelines/index.ts'
import type { GateOfThresholds } from './gate-of-thresholds.ts'
import { groupBy } from './group-by.ts'

export interface ThresholdApplierParts {
  readonly clock: Clock
  readonly objects: Pick<ObjectStore, 'putBytes'>
  readonly gate: GateOfThresholds
  readonly deployments: Pick<DeploymentsService, 'deploy'>
  readonly suggestions: () => Pick<Suggestions, 'report' | 'list'>
  findBatch(id: string): Promise<SuggestionBatch | undefined>
  /** Throws UNKNOWN_DEPLOYMENT. */
  deploymentOf(name: string): Promise<DeploymentData>
  servingOf(name: string): Promise<ReleaseRecord | undefined>
}

/** Who decides one by one is not done after the first. */
const quiet = parseDuration('20s')
const forgotten = parseDuration('15m')

/**
 * Accepted and edited thresholds become one release with the model that serves, judged by the gate and served when it passes;
 * several decisions make one release. Everything is found again after a crash: which run judges them, what it said, what
 * serves. What the gate refuses keeps its problem until another release serves.
 */
export function thresholdApplier(parts: ThresholdApplierParts): GroupApplier {
  return {
    assertValue(value) {
      if (typeof value === 'number' && value >= 0 && value <= 1) return
      throw new FettleError('BAD_REQUEST', 'value: a threshold is a number from 0 to 1')
    },
    async apply(decided) {
      const told = new Map<string, Application>()
      for (const group of groupBy(decided, groupOf).values())
        for (const [id, application] of await applyGroup(parts, group)) told.set(id, application)
      return told
    },
  }
}

const detailsOf = ({ suggestion }: DecidedSuggestion) => suggestion.details as unknown as ThresholdDetails

/** Of one deployment, judged on the same rows; what was refused together is tried again together. */
function groupOf(each: DecidedSuggestion): string {
  const { subject, problem } = each.suggestion
  return JSON.stringify([subject, detailsOf(each).set, problem])
}

type Group = readonly DecidedSuggestion[]

async function applyGroup(
  parts: ThresholdApplierParts,
  group: Group,
): Promise<ReadonlyMap<string, Application>> {
  const all = (application: Application, of: Group = group) =>
    of.map(({ suggestion }) => [suggestion.id, application] as const)
  try {
    const name = group[0]?.suggestion.subject.replace(/^deployment:/, '') ?? ''
    const deployment = await parts.deploymentOf(name)
    const serving = await parts.servingOf(name)
    if (!serving) return new Map(all({ problem: `nothing serves "${name}" any more` }))
    const isServed = (each: DecidedSuggestion) => serves(serving.release.thresholdSet, each)
    const rest = group.filter(each => !isServed(each))
    const done = all({ result: { release: serving.release.number } }, group.filter(isServed))
    const [outdated, meant] = [
      rest.filter(each => !ofRule(deployment, each)),
      rest.filter(each => ofRule(deployment, each)),
    ]
    const obsolete = all({ problem: `the rule of "${name}" is another one now: it suggests anew` }, outdated)
    if (meant.length === 0) return new Map([...done, ...obsolete])
    const rested = await makeRelease(parts, { name, deployment, serving, group: meant })
    return new Map([...done, ...obsolete, ...all(rested, meant)])
  } catch (error) {
    const code = error instanceof FettleError ? `${error.code}: ` : ''
    return new Map(all({ problem: `${code}${messageOf(error)}`.slice(0, 2_000) }))
  }
}

function serves(set: ThresholdSetData | undefined, each: DecidedSuggestion): boolean {
  return servedThreshold(set, detailsOf(each).segment)?.value === each.value
}

function ofRule({ action }: DeploymentData, { suggestion }: DecidedSuggestion): boolean {
  return action?.rule !== undefined && thresholdRuleHash(action.rule) === suggestion.ruleHash
}

interface MadeOf {
  readonly name: string
  readonly deployment: DeploymentData
  readonly serving: ReleaseRecord
  readonly group: Group
}

async function makeRelease(parts: ThresholdApplierParts, made: MadeOf): Promise<Application> {
  const { name, serving, group } = made
  if (await isStillDeciding(parts, group)) return { waits: true }
  const bytes = Buffer.from(canonicalJson(setOf(made) as unknown as Json))
  const set = `sha256:${sha256Hex(bytes)}`
  const first = group[0] as DecidedSuggestion
  const newest = group.reduce((a, b) => (decidedAt(b) > decidedAt(a) ? b : a), first)
  const principal = { name: newest.suggestion.decision?.by ?? 'system' }
  const onto = serving.release.number
  const order = {
    name,
    version: serving.release.model.version,
    set,
    rows: detailsOf(first).set,
    onto,
    principal,
  }
  const found = await parts.gate.find(order)
  if (found.state === 'none') {
    await parts.objects.putBytes(bytes)
    await parts.gate.start(order)
    return { waits: true }
  }
  if (found.state === 'broken') throw found.error
  if (found.state !== 'judged') return { waits: true }
  if (found.refusal) {
    await reportBreach(parts, group, { refusal: found.refusal, verdict: found.verdict })
    throw found.refusal
  }
  const { number } = found.verdict.page.release
  await parts.deployments.deploy({
    name,
    release: number,
    gate: 'require',
    reason: reasonOf(group),
    principal,
  })
  return { result: { release: number } }
}

const decidedAt = ({ suggestion }: DecidedSuggestion): bigint => suggestion.decision?.at ?? 0n

function setOf({ deployment, serving, group }: MadeOf): ThresholdSetData {
  const { action } = deployment
  const { basis } = detailsOf(group[0] as DecidedSuggestion)
  if (!action?.rule) throw new FettleError('BAD_PARAMETER', `"${deployment.name}" declares no rule`)
  const terms = { action, rule: action.rule, ruleHash: thresholdRuleHash(action.rule), basis }
  return changedThresholds(serving.release.thresholdSet ?? null, terms, group.map(changeOf))
}

function changeOf(each: DecidedSuggestion): ThresholdChange {
  const { segment, threshold, unlisted } = detailsOf(each)
  const edited = each.suggestion.state === 'edited'
  return {
    segment,
    threshold: edited ? editedThreshold(threshold, Number(each.value)) : threshold,
    ...(unlisted === undefined ? {} : { unlisted }),
  }
}

/**
 * Nobody is where nothing is left open. Else a batch is over when it is accepted, single decisions when none has come for a
 * while; rules decide in one act.
 */
async function isStillDeciding(
  { clock, findBatch, suggestions }: Pick<ThresholdApplierParts, 'clock' | 'findBatch' | 'suggestions'>,
  group: Group,
): Promise<boolean> {
  const now = clock.nowMicros()
  const subject = group[0]?.suggestion.subject ?? ''
  const left = await suggestions().list({ subject, kind: 'threshold', state: 'open', limit: 1 })
  if (left.items.length === 0) return false
  for (const { suggestion } of group) {
    const { decision } = suggestion
    if (decision === null || decision.countsNot === 'rule') continue
    const batch = decision.batch === null ? undefined : await findBatch(decision.batch)
    if (batch?.state === 'accepted') continue
    if (now - decision.at < (batch ? forgotten : quiet)) return true
  }
  return false
}

const named = 3

function reasonOf(group: Group): string {
  const places = group.map(({ suggestion: { segment } }) => segment || 'all')
  const more = places.length > named ? ` and ${places.length - named} more` : ''
  return `thresholds of ${places.slice(0, named).join(', ')}${more}, as decided`
}

/** A rule whose values break a contract loses its autonomy, told once for each refusal. */
async function reportBreach(
  { suggestions }: Pick<ThresholdApplierParts, 'suggestions'>,
  group: Group,
  { refusal, verdict }: { readonly refusal: FettleError; readonly verdict: StoredVerdict },
): Promise<void> {
  const known = group.every(({ suggestion }) => suggestion.problem?.includes(refusal.message))
  if (known || refusal.code !== 'CONTRACT_FAILED') return
  const ladders = groupBy(group, ({ suggestion: { subject, rule, segmentClass } }) =>
    JSON.stringify([subject, rule, segmentClass]),
  )
  for (const [member] of ladders.values()) {
    if (!member) continue
    const { subject, rule, segmentClass } = member.suggestion
    const why = verdict.page.summary.slice(0, 500)
    await suggestions().report({ subject, rule, segmentClass, what: 'breach', why }, 'system')
  }
}
