import { type Impact, type ImpactQuestion, judgeImpact } from './impact.ts'

/** The verdict on the number of the purpose, and what the model harms beside it. */
export interface GuardedImpact {
  readonly impact: Impact
  /** By name of the guardrail outcome or group. */
  readonly guardrails: Readonly<Record<string, Impact>>
  /** Harming where a guardrail is, whatever the number itself says. */
  readonly verdict: Impact['verdict']
  /** Names of the guardrails that are harmed. */
  readonly harmed: readonly string[]
}

/** Guardrail outcomes and groups are tested at α divided by their number; any of them harming makes the model harming. */
export function judgeGuarded(
  question: ImpactQuestion,
  guardrails: Readonly<Record<string, Omit<ImpactQuestion, 'alpha'>>>,
): GuardedImpact {
  const names = Object.keys(guardrails)
  const alpha = question.alpha / Math.max(1, names.length)
  const judged = Object.entries(guardrails).map(([name, guardrail]): [string, Impact] => [
    name,
    judgeImpact({ ...guardrail, alpha }),
  ])
  const harmed = judged.filter(([, { verdict }]) => verdict === 'harming').map(([name]) => name)
  const impact = judgeImpact(question)
  return {
    impact,
    guardrails: Object.fromEntries(judged),
    verdict: harmed.length > 0 ? 'harming' : impact.verdict,
    harmed,
  }
}
