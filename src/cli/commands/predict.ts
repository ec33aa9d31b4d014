import type { Decision, Deployment } from '../../api/deployments.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { parseRow } from '../assignments.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderDecision, renderPrediction } from '../render/decision.ts'
import { suggesting } from '../suggest.ts'

export const run: Command<{ readonly explain?: boolean }> = async (
  context,
  { explain },
  name = '',
  ...words
) => {
  const client = await context.client()
  const deployment = await knownDeployment(client, name)
  if (words.length === 0)
    throw new FettleError(
      'USAGE',
      `${name} wants ${deployment.request.map(field => field.name).join(', ')}`,
      { hint: exampleLine(deployment) },
    )
  const row = parseRow(words, deployment.request)
  refuseMissing(deployment, row)
  const response = await client.api.predict({ name, body: { rows: [row] } })
  const [prediction] = response.predictions
  if (prediction === undefined)
    throw new FettleError('INTERNAL', `${name} answered one row with no prediction`)
  if (explain === true) {
    const decision = await client.api.decision({ id: prediction.prediction_id })
    context.result(decision, () => renderDecision(decision))
  } else if (context.json) context.result(response, () => '')
  else {
    const decision = await findDecision(client, prediction.prediction_id)
    context.result(response, () => renderPrediction(prediction, decision?.reasons ?? []))
  }
  return exitCodes.done
}

/** The deployment, or UNKNOWN_DEPLOYMENT with the name that was meant. */
function knownDeployment(client: FettleClient, name: string): Promise<Deployment> {
  return suggesting(client.api.deployment({ name }), {
    code: 'UNKNOWN_DEPLOYMENT',
    name,
    names: async () => (await client.api.deployments()).items.map(each => each.name),
    noun: 'deployments',
    command: meant => `fettle predict ${meant}`,
  })
}

/** A prediction stands without its reasons: what keeps them from being read is not an error of predict. */
async function findDecision(client: FettleClient, id: string): Promise<Decision | undefined> {
  try {
    return await client.api.decision({ id })
  } catch (error) {
    if (error instanceof FettleError) return undefined
    throw error
  }
}

function refuseMissing(deployment: Deployment, row: Readonly<Record<string, unknown>>): void {
  const missing = deployment.request.map(field => field.name).filter(name => !Object.hasOwn(row, name))
  if (missing.length === 0) return
  throw new FettleError('USAGE', `${deployment.name} also wants ${missing.join(', ')}`, {
    hint: `Where there is no value, write ${missing[0]}=null. ${exampleLine(deployment)}`,
  })
}

/** A command that works as it stands, with the values of a recent row where there is one. */
export function exampleLine({ name, request }: Pick<Deployment, 'name' | 'request'>): string {
  const words = request.map(
    field => `${field.name}=${shellWord(field.example === null ? field.type.toUpperCase() : field.example)}`,
  )
  return `For example: fettle predict ${name} ${words.join(' ')}`
}

function shellWord(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w.:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
