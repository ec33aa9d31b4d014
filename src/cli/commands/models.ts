import type { FettleClient } from '../../client/index.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderModel, renderModels } from '../render/catalog.ts'
import { renderAliasAt, renderAliasHistory } from '../render/models.ts'
import { suggesting } from '../suggest.ts'
import { isModelAction, type ModelActionOptions, namesModelAction, runModelAction } from './model-actions.ts'

export interface ModelsOptions extends ModelActionOptions {
  readonly alias?: string
  readonly asOf?: string
}

/** All models, or one: its versions, or the history of an alias, or what the alias was at an instant; or an action. */
export const run: Command<ModelsOptions> = async (context, { alias, asOf, ...options }, name, ...words) => {
  if (name !== undefined && isModelAction(name, words))
    return runModelAction(context, options, [name, ...words])
  if (asOf !== undefined && alias === undefined)
    throw new FettleError('USAGE', '--as-of asks for an alias at an instant', {
      hint: 'fettle models late --alias champion --as-of 2027-03-01',
    })
  if (alias !== undefined && name === undefined)
    throw new FettleError('USAGE', 'an alias of which model?', {
      hint: 'fettle models late --alias champion',
    })
  const at = asOf === undefined ? undefined : instantOf(asOf)
  const client = await context.client()
  if (name === undefined) {
    const page = await client.api.models({ limit: 500 })
    context.result(page, () => renderModels(page.items))
    return exitCodes.done
  }
  const model = await modelOf(client, name).catch(error => {
    if (isFettleError(error, 'MODEL_UNKNOWN') && namesModelAction(name)) return undefined
    throw error
  })
  // No model has the name, so the action of that name was meant: it says which words it wants.
  if (model === undefined) return runModelAction(context, options, [name])
  if (alias === undefined) {
    context.result(model, () => renderModel(model, context.io.now()))
    return exitCodes.done
  }
  const events = model.aliasHistory.filter(event => event.alias === alias)
  if (at === undefined) {
    context.result(events, () => renderAliasHistory({ model: name, alias }, events))
    return exitCodes.done
  }
  const event = events.find(each => (parseTimestamp(each.at) ?? 0n) <= at.micros) ?? null
  const answer = { model: name, alias, at: at.text, version: event?.version ?? null, event }
  context.result(answer, () => renderAliasAt(answer))
  return exitCodes.done
}

const modelOf = (client: FettleClient, name: string) =>
  suggesting(client.api.model({ name }), {
    code: 'MODEL_UNKNOWN',
    name,
    names: async () => (await client.api.models({ limit: 500 })).items.map(each => each.name),
    noun: 'models',
    command: meant => `fettle models ${meant}`,
  })

/** A date alone is the instant it begins at, in UTC. */
function instantOf(text: string) {
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text
  const micros = parseTimestamp(whole)
  if (micros === undefined)
    throw new FettleError('USAGE', `--as-of: "${text}" is no instant`, {
      hint: 'Write a date, such as 2027-03-01, or an RFC 3339 time, such as 2027-03-01T12:00:00Z.',
    })
  return { text: whole, micros }
}
