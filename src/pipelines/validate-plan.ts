import { canonicalJson, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { isName } from '../kernel/ids.ts'
import { parseDuration } from '../kernel/time.ts'
import type { RunPlan, StepPlan } from './model.ts'

const planLimits = { steps: 2_000, bytes: 4 * 1024 * 1024, maxRuntimeHours: 24 * 30 } as const

/** One thing wrong with a plan, and where: `steps.train.inputs.set`. */
export interface PlanProblem {
  readonly path: string
  readonly message: string
}

/** Every problem of a plan at once; empty if it can run. */
export function validatePlan(plan: RunPlan): readonly PlanProblem[] {
  const byId = new Map(plan.steps.map(step => [step.id, step]))
  return [
    ...planProblems(plan),
    ...duplicateProblems(plan),
    ...plan.steps.flatMap(step => stepProblems(step, byId)),
    ...cycleProblems(plan),
  ]
}

/** Throws PIPELINE_INVALID with all problems in its details. */
export function assertPlan(plan: RunPlan): void {
  const problems = validatePlan(plan)
  if (problems.length === 0) return
  const list = problems.map(problem => `${problem.path}: ${problem.message}`).join('; ')
  throw new FettleError('PIPELINE_INVALID', `Pipeline "${plan.pipeline}" cannot run: ${list}`, {
    details: { problems },
  })
}

function planProblems(plan: RunPlan): PlanProblem[] {
  const problems: PlanProblem[] = []
  if (!isName(plan.pipeline))
    problems.push({ path: 'pipeline', message: `"${plan.pipeline}" is not a usable name` })
  if (plan.steps.length === 0) problems.push({ path: 'steps', message: 'a pipeline needs at least one step' })
  if (plan.steps.length > planLimits.steps)
    problems.push({
      path: 'steps',
      message: `${plan.steps.length} steps, at most ${planLimits.steps} are allowed`,
    })
  if (!Number.isSafeInteger(plan.seed))
    problems.push({ path: 'seed', message: 'the seed must be a whole number' })
  const bytes = planBytes(plan)
  if (bytes === undefined)
    problems.push({ path: 'params', message: 'a parameter is NaN or infinite, which JSON cannot carry' })
  else if (bytes > planLimits.bytes)
    problems.push({
      path: 'steps',
      message: `the plan has ${bytes} bytes, at most ${planLimits.bytes} are allowed`,
    })
  return problems
}

function planBytes(plan: RunPlan): number | undefined {
  try {
    return Buffer.byteLength(canonicalJson(plan as unknown as Json))
  } catch {
    return undefined
  }
}

function duplicateProblems(plan: RunPlan): PlanProblem[] {
  const seen = new Set<string>()
  return plan.steps.flatMap(step => {
    const path = `steps.${step.id}`
    if (seen.has(step.id)) return [{ path, message: 'two steps have this name' }]
    seen.add(step.id)
    return isName(step.id) ? [] : [{ path, message: `"${step.id}" is not a usable name` }]
  })
}

function stepProblems(step: StepPlan, byId: ReadonlyMap<string, StepPlan>): PlanProblem[] {
  const path = `steps.${step.id}`
  return [
    ...bodyProblems(step),
    ...limitProblems(step),
    ...Object.keys(step.outputs)
      .filter(name => !isName(name))
      .map(name => ({ path: `${path}.outputs.${name}`, message: 'not a usable name' })),
    ...step.after
      .filter(id => !byId.has(id))
      .map(id => ({ path: `${path}.after`, message: `there is no step "${id}"` })),
    ...Object.entries(step.inputs).flatMap(([name, input]) =>
      inputProblems(`${path}.inputs.${name}`, name, byId.get(input.from), input),
    ),
  ]
}

function inputProblems(
  path: string,
  name: string,
  from: StepPlan | undefined,
  input: { from: string; output: string },
): PlanProblem[] {
  if (!isName(name)) return [{ path, message: 'not a usable name' }]
  if (from === undefined) return [{ path, message: `there is no step "${input.from}"` }]
  if (Object.hasOwn(from.outputs, input.output)) return []
  const known = Object.keys(from.outputs).join(', ') || 'none'
  return [{ path, message: `step "${input.from}" has no output "${input.output}" (it has ${known})` }]
}

function bodyProblems(step: StepPlan): PlanProblem[] {
  const path = `steps.${step.id}.body`
  if (step.body.kind === 'action')
    return step.body.action === '' ? [{ path, message: 'the action has no name' }] : []
  return step.body.argv.length === 0 || step.body.argv[0] === ''
    ? [{ path, message: 'the command names no program' }]
    : []
}

function limitProblems(step: StepPlan): PlanProblem[] {
  const path = `steps.${step.id}`
  const problems: PlanProblem[] = []
  try {
    if (parseDuration(step.maxRuntime) > BigInt(planLimits.maxRuntimeHours) * 3_600_000_000n)
      problems.push({ path: `${path}.maxRuntime`, message: 'at most 30d' })
  } catch {
    problems.push({
      path: `${path}.maxRuntime`,
      message: `"${step.maxRuntime}" is not a duration such as 6h`,
    })
  }
  for (const kind of ['infra', 'user'] as const) {
    const count = step.retry[kind]
    if (!Number.isInteger(count) || count < 0 || count > 100)
      problems.push({ path: `${path}.retry.${kind}`, message: 'a whole number from 0 to 100' })
  }
  return problems
}

/** Steps left over when every step whose needs are met is taken away, again and again: those on a cycle or behind one. */
function cycleProblems(plan: RunPlan): PlanProblem[] {
  const left = new Map(
    plan.steps.map(step => [
      step.id,
      stepNeeds(step).filter(id => plan.steps.some(other => other.id === id)),
    ]),
  )
  for (let removed = true; removed; ) {
    removed = false
    for (const [id, needs] of left) {
      if (needs.some(need => left.has(need))) continue
      left.delete(id)
      removed = true
    }
  }
  const path = findCycle(left)
  return path.length === 0
    ? []
    : [{ path: `steps.${path[0]}`, message: `a cycle: ${[...path, path[0]].join(' → ')}` }]
}

/** Walks needs backwards from any leftover step until one repeats. */
function findCycle(left: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const walked: string[] = []
  let at = left.keys().next().value
  while (at !== undefined && !walked.includes(at)) {
    walked.push(at)
    at = left.get(at)?.find(need => left.has(need))
  }
  return at === undefined ? [] : walked.slice(walked.indexOf(at)).reverse()
}

/** Ids of the steps that must be done before this one, each once. */
export function stepNeeds(step: StepPlan): readonly string[] {
  return [...new Set([...Object.values(step.inputs).map(input => input.from), ...step.after])]
}
