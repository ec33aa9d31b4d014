import { canonicalJson, type Json, sha256Hex } from '../kernel/canonical.ts'
import type { RunPlan, StepPlan } from './model.ts'

/** What makes a step's result what it is. Equal parts, equal result. */
export interface StepKeyParts {
  /** `pipeline/step`. */
  readonly id: string
  readonly code: string
  /** Resolved values, seed, and the command or action they are given to. */
  readonly params: Json
  /** Content hash by input name. An upstream that re-ran to the same bytes changes nothing. */
  readonly inputs: Readonly<Record<string, string>>
  readonly env: string
  readonly engine: string | null
}

/** The parts of a step's key. Title, position, time limits and retries are not in it. */
export function stepKeyParts(
  plan: RunPlan,
  step: StepPlan,
  inputs: Readonly<Record<string, string>>,
): StepKeyParts {
  const body: Json =
    step.body.kind === 'action'
      ? { action: step.body.action }
      : { argv: step.body.argv, env: step.body.env ?? {} }
  return {
    id: `${plan.pipeline}/${step.id}`,
    code: step.code,
    params: { values: step.params, seed: plan.seed, body },
    inputs,
    env: step.environment,
    engine: null,
  }
}

/** `sha256:<hex>` over "fettle.step.v1", a line feed and the canonical JSON of the parts. */
export function stepKey(parts: StepKeyParts): string {
  const { id, code, params, inputs, env, engine } = parts
  return `sha256:${sha256Hex(`fettle.step.v1\n${canonicalJson({ id, code, params, inputs, env, engine })}`)}`
}
