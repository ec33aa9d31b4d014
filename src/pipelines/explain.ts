import { canonicalJson, type Json } from '../kernel/canonical.ts'
import type { RunPlan, StepState } from './model.ts'
import type { StepPrecedent } from './ports.ts'
import type { StepKeyParts } from './step-key.ts'

/** Why a step ran, in the order they are looked for. */
type ExplainReason =
  | 'policy'
  | 'side effects'
  | 'first run'
  | 'code'
  | 'params'
  | 'inputs'
  | 'env'
  | 'engine'
  | 'output missing'
  | 'unchanged'
  | 'not decided'

export interface KeyDifference {
  /** `params.values.depth`, `inputs.set`. */
  readonly path: string
  readonly before: Json
  readonly after: Json
}

export interface Explanation {
  readonly outcome: 'ran' | 'reused' | 'pending'
  readonly reason: ExplainReason
  /** One sentence for people. */
  readonly text: string
  /** Run compared against: the one borrowed from, or the last success. */
  readonly against: string | null
  readonly differences: readonly KeyDifference[]
}

export interface ExplainFacts {
  readonly policy: RunPlan['reuse']
  readonly reusable: boolean
  readonly state: StepState
  readonly reusedFrom: string | null
  readonly parts: StepKeyParts | null
  readonly precedent: StepPrecedent | undefined
}

/** Why a step ran or was reused: the first differing part of its key against the last success. */
export function explainStep(facts: ExplainFacts): Explanation {
  const { parts, precedent } = facts
  if (facts.state === 'reused') {
    return explanation(
      'reused',
      'unchanged',
      `nothing changed since run ${facts.reusedFrom}`,
      facts.reusedFrom,
      [],
    )
  }
  if (parts === null) return explanation('pending', 'not decided', 'it waits for steps before it', null, [])
  const differences = precedent?.keyParts ? diffParts(precedent.keyParts, parts) : []
  const reason = reasonOf(facts, differences)
  const outcome = facts.state === 'ready' || facts.state === 'waiting' ? 'pending' : 'ran'
  return explanation(outcome, reason, sentence(reason, differences), precedent?.run ?? null, differences)
}

function reasonOf(facts: ExplainFacts, differences: readonly KeyDifference[]): ExplainReason {
  if (facts.policy !== 'unchanged') return 'policy'
  if (!facts.reusable) return 'side effects'
  if (facts.precedent?.keyParts == null) return 'first run'
  const part = differences[0]?.path.split('.')[0]
  return part === undefined || part === 'id' ? 'output missing' : (part as ExplainReason)
}

function sentence(reason: ExplainReason, differences: readonly KeyDifference[]): string {
  const first = differences[0]
  const change =
    first === undefined
      ? ''
      : `: ${first.path} ${canonicalJson(first.before)} → ${canonicalJson(first.after)}`
  const texts: Partial<Record<ExplainReason, string>> = {
    policy: 'the run reuses nothing of other runs',
    'side effects': 'the step acts outside its outputs and always runs',
    'first run': 'it never succeeded before',
    'output missing': 'its key is unchanged, but the earlier output is gone',
  }
  return texts[reason] ?? `${reason} changed${change}`
}

function explanation(
  outcome: Explanation['outcome'],
  reason: ExplainReason,
  text: string,
  against: string | null,
  differences: readonly KeyDifference[],
): Explanation {
  return { outcome, reason, text, against, differences }
}

const partOrder = ['id', 'code', 'params', 'inputs', 'env', 'engine'] as const

/** Differences in the order of the key's parts, then by path. A member that is absent on one side is null there. */
export function diffParts(before: StepKeyParts, after: StepKeyParts): readonly KeyDifference[] {
  return partOrder.flatMap(part => diffJson(part, before[part], after[part]))
}

function diffJson(path: string, before: Json, after: Json): readonly KeyDifference[] {
  if (canonicalJson(before) === canonicalJson(after)) return []
  if (!isObject(before) || !isObject(after)) return [{ path, before, after }]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap(name => diffJson(`${path}.${name}`, before[name] ?? null, after[name] ?? null))
}

function isObject(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
