import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { FeedbackReply } from '../../api/feedback.ts'
import type { FeedbackInput, FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderFeedback, renderFeedbackReply, renderFeedbackStatus } from '../render/feedback.ts'

export interface FeedbackOptions {
  readonly file?: string
  readonly prediction?: string
  readonly kind?: string
  readonly value?: string
  readonly at?: string
  readonly note?: string
  readonly source?: string
  readonly state?: 'pending' | 'joined' | 'ambiguous' | 'unmatched' | 'quarantined'
  readonly limit?: string
}

type Call = {
  readonly context: CommandContext
  readonly client: FettleClient
  readonly options: FeedbackOptions
}

/** `fettle feedback send|list|status DEPLOYMENT`. */
export const run: Command<FeedbackOptions> = async (context, options, action = '', name = '') => {
  const call: Call = { context, client: await context.client(), options }
  if (action === 'send') return send(call, name)
  if (action === 'list') return list(call, name)
  if (action === 'status') {
    const status = await call.client.api.feedbackStatus({ name })
    context.result(status, () => renderFeedbackStatus(status))
    return exitCodes.done
  }
  throw usage(`fettle feedback does not ${action}`, 'It takes send, list or status.')
}

async function list({ context, client, options }: Call, name: string): Promise<ExitCode> {
  const { state, limit } = options
  const found = await client.api.feedback({
    name,
    ...(state === undefined ? {} : { state }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  })
  context.result(found, () => renderFeedback(found.items))
  return exitCodes.done
}

const itemsAtOnce = 5000

/** All items are sent, whatever some of them come to; a refused one makes the command fail. */
async function send({ context, client, options }: Call, name: string): Promise<ExitCode> {
  const total = { accepted: 0, duplicate: 0, pending: 0, rejected: [] as FeedbackReply['rejected'] }
  const count = (reply: FeedbackReply, from: number) => {
    total.accepted += reply.accepted
    total.duplicate += reply.duplicate
    total.pending += reply.pending
    total.rejected.push(...reply.rejected.map(each => ({ ...each, index: each.index + from })))
  }
  if (options.file === undefined) count(await client.feedback(name, [itemOf(options)]), 0)
  else {
    const items = await itemsOf(options.file)
    for (let from = 0; from < items.length; from += itemsAtOnce)
      count(await sendLines(client, name, items.slice(from, from + itemsAtOnce)), from)
  }
  context.result(total, () => renderFeedbackReply(total, options.file !== undefined))
  return total.rejected.length === 0 ? exitCodes.done : exitCodes.failed
}

/** Lines are items as the data port takes them: they go through the server, which hands them on as they are. */
async function sendLines(
  client: FettleClient,
  name: string,
  items: readonly unknown[],
): Promise<FeedbackReply> {
  return client.api.sendFeedback({ name, body: { items: items as never[] } })
}

function itemOf({ prediction, kind, value, at, note, source }: FeedbackOptions): FeedbackInput {
  if (prediction === undefined || kind === undefined || value === undefined)
    throw usage(
      'an item has --prediction, --kind and --value',
      'fettle feedback send DEPLOYMENT --prediction ID --kind late --value 1, or --file items.jsonl for many',
    )
  return {
    ...{ predictionId: prediction, kind, value: sentValue(value), eventTime: at ?? new Date() },
    ...(note === undefined ? {} : { note }),
    source: source ?? 'cli',
  }
}

function sentValue(text: string): number | boolean {
  if (text === 'yes' || text === 'true') return true
  if (text === 'no' || text === 'false') return false
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw usage(`${text} is neither a number nor yes or no`, '--value 1, or --value yes')
}

async function itemsOf(file: string): Promise<readonly unknown[]> {
  const text = await readFile(resolve(file), 'utf8').catch(cause => {
    throw new FettleError('USAGE', `${file} cannot be read`, { cause, hint: 'One JSON object a line.' })
  })
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as unknown]
    } catch {
      throw usage(`line ${at + 1} of ${file} is not JSON`, 'Nothing was sent. One JSON object a line.')
    }
  })
}

function usage(message: string, hint: string): FettleError {
  return new FettleError('USAGE', message, { hint })
}
