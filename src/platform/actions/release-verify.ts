import { scorerFactory } from '../../adapters/scorers/index.ts'
import { type JudgedRelease, type JudgeRequest, readJsonFile } from '../../deployments/index.ts'
import type { ServingPlan } from '../../evaluation/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import type { Action, ActionContext } from '../../pipelines/index.ts'
import type { Release } from '../../registry/index.ts'
import { openDecisionLog } from '../decision-log.ts'
import { runGate } from '../gate/run-gate.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'

/** What a release rests on beside its files; a version that was registered by hand recorded none of it. */
const neededIngredients: ReadonlySet<string> = new Set([
  'manifest',
  'code of the trainers',
  'trainer script',
  'lock of the environment',
])

/** `release.verify`: makes the release and runs the gate over an isolated copy of it; output `checks`. */
export function verifyReleaseAction(dependencies: StepDependencies): Action {
  return async context => {
    const { value: request } = await readJsonFile<JudgeRequest>(context, 'candidate')
    const { value: judged } = await judgedInput(context)
    const client = clientOf(dependencies, context)
    const { model, version } = request.candidate
    const { release, champion, championPlan } = (await client.makeCandidate(request.deployment, {
      version,
      champion: request.champion?.release ?? null,
      thresholdSet: (judged?.thresholds?.set ?? request.candidate.thresholdSet) as never,
      reason: `gate of run ${context.run}`,
    })) as unknown as {
      readonly release: Release
      readonly champion: Release | null
      readonly championPlan?: ServingPlan
    }
    context.log(`release ${release.number}, ${release.digest}`)
    const { ingredients } = await client.reproducibility(model, version)
    const { checks, servingPlan } = await runGate({
      request,
      release,
      champion,
      championPlan,
      judged,
      missing: ingredients
        .filter(
          each =>
            neededIngredients.has(each.name) && each.state === 'missing' && each.wanted !== 'not recorded',
        )
        .map(({ name, found }) => `${name} (${found})`),
      objects: await openObjects(dependencies.providers, dependencies.folders),
      scorers: scorerFactory,
      decisions: openDecisionLog(dependencies.folders),
      context,
    })
    const found = {
      number: release.number,
      champion: champion && {
        number: champion.number,
        digest: champion.digest,
        version: champion.model.version,
      },
      checks,
      servingPlan,
    }
    return { checks: { kind: 'json', value: found as unknown as Json } }
  }
}

/** What the rows said, with the hash of its object; null where nothing was judged. */
export async function judgedInput(
  context: Pick<ActionContext, 'inputs'>,
): Promise<{ readonly value: JudgedRelease | null; readonly hash: string | null }> {
  if (!('judged' in context.inputs)) return { value: null, hash: null }
  const { value, hash } = await readJsonFile<JudgedRelease | null>(context, 'judged')
  return { value, hash: value && hash }
}
