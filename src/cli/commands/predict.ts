import type { Deployment } from '../../api/deployments.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { parseRow } from '../assignments.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderDecision, renderPredictions } from '../render/decision.ts'

export const run: Command<{ readonly explain?: boolean }> = async (
  context,
  { explain },
  name = '',
  ...words
) => {
  const client = await context.client()
  const deployment = await client.api.deployment({ name })
  if (words.length === 0)
    throw new FettleError(
      'USAGE',
      `${name} wants ${deployment.request.map(field => field.name).join(', ')}`,
      { hint: exampleLine(deployment) },
    )
  const row = parseRow(words, deployment.request)
  const response = await client.api.predict({ name, body: { rows: [row] } })
  const id = response.predictions[0]?.prediction_id
  if (explain !== true || id === undefined) {
    context.result(response, () => renderPredictions(response))
    return exitCodes.done
  }
  const decision = await client.api.decision({ id })
  context.result(decision, () => renderDecision(decision))
  return exitCodes.done
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
