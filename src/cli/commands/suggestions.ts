import { refusalReason, type SuggestionView, suggestionState } from '../../api/suggestions.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { confirm } from '../confirm.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import {
  renderBatch,
  renderDecided,
  renderPace,
  renderSuggestion,
  renderSuggestions,
} from '../render/suggestions.ts'
import { runAutonomyAction } from './suggestion-levels.ts'

export interface SuggestionOptions {
  readonly subject?: string
  readonly state?: string
  readonly limit?: string
  readonly below?: string
  readonly reason?: string
  readonly note?: string
  readonly value?: string
  readonly batch?: string
  readonly to?: string
  readonly as?: string
  readonly yes?: boolean
}

export interface SuggestionAction {
  readonly context: CommandContext
  readonly options: SuggestionOptions
  readonly words: readonly string[]
  readonly client: FettleClient
}

const actions: Readonly<Record<string, (action: SuggestionAction) => Promise<ExitCode>>> = {
  list,
  show,
  accept,
  'accept-batch': acceptRest,
  reject: action => refuse(action, 'reject'),
  veto: action => refuse(action, 'veto'),
  edit: action => refuse(action, 'edit'),
  levels: runAutonomyAction('levels'),
  history: runAutonomyAction('history'),
  'switch-on': runAutonomyAction('switch-on'),
  raise: runAutonomyAction('raise'),
  decline: runAutonomyAction('decline'),
  lower: runAutonomyAction('lower'),
  pace,
}

/** What rules suggest, and what a person does with it. */
export const run: Command<SuggestionOptions> = async (context, options, name = 'list', ...words) => {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action === undefined)
    throw new FettleError('USAGE', `there is nothing to do with suggestions called ${name}`, {
      hint: `Write one of ${Object.keys(actions).join(', ')}.`,
    })
  const client = await context.client(options.as === undefined ? {} : { principal: options.as })
  return action({ context, options, words, client })
}

async function list({ context, options, client }: SuggestionAction): Promise<ExitCode> {
  const state = suggestionState.safeParse(options.state ?? 'open')
  if (!state.success)
    throw new FettleError('USAGE', `--state ${options.state}: one of ${suggestionState.options.join(', ')}`)
  const found = await client.api.suggestions({
    state: state.data,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    ...(options.limit === undefined ? {} : { limit: numberIn('--limit', options.limit) }),
  })
  context.result(found, () => renderSuggestions(found, { state: state.data, now: context.io.now() }))
  return exitCodes.done
}

async function show({ context, words, client }: SuggestionAction): Promise<ExitCode> {
  const found = await client.api.suggestion({ id: idIn(words) })
  context.result(found, () => renderSuggestion(found))
  return exitCodes.done
}

async function accept(action: SuggestionAction): Promise<ExitCode> {
  const { options, words, client } = action
  if (options.below !== undefined) return acceptBelow(action, numberIn('--below', options.below))
  const asked = await client.api.suggestion({ id: idIn(words) })
  return acceptOne(action, asked, options.batch)
}

/** Shows it and asks, unless told not to: only then its time is measured, and the decision is evidence. */
async function acceptOne(
  { context, options, client }: SuggestionAction,
  asked: SuggestionView,
  batch: string | undefined,
): Promise<ExitCode> {
  const seconds = options.yes === true ? undefined : await asking(context, asked)
  if (seconds === 'no') return exitCodes.failed
  const { id } = asked
  const decided = await client.api.decideSuggestion({
    id,
    body: {
      act: 'accept',
      ...(seconds === undefined ? {} : { seconds }),
      ...(options.note === undefined ? {} : { note: options.note }),
      ...(batch === undefined ? {} : { batch }),
    },
  })
  context.result(decided, () => renderDecided(decided))
  return exitCodes.done
}

async function asking(context: CommandContext, asked: SuggestionView): Promise<number | 'no'> {
  if (!context.io.interactive)
    throw new FettleError('USAGE', `nobody can be asked here whether to accept ${asked.id}`, {
      hint: 'Add --yes; the decision is then no evidence for the rule.',
    })
  context.io.err(renderSuggestion(asked))
  const shownAt = context.io.now()
  if (await confirm(`Accept ${asked.title}?`)) return (context.io.now() - shownAt) / 1000
  context.io.err(
    `${asked.id} is not decided. To refuse it: fettle suggestions reject ${asked.id} --reason …\n`,
  )
  return 'no'
}

/** Starts a batch; at a terminal goes through its sample and accepts the rest. */
async function acceptBelow(action: SuggestionAction, below: number): Promise<ExitCode> {
  const { context, options, client } = action
  const { subject } = options
  const batch = await client.api.startSuggestionBatch({
    body: { below, ...(subject === undefined ? {} : { subject }) },
  })
  if (context.json || !context.io.interactive) {
    context.result(batch, () => renderBatch(batch))
    return exitCodes.done
  }
  context.io.err(renderBatch(batch))
  for (const each of batch.sample) {
    const code = await acceptOne(action, each, batch.id)
    if (code !== exitCodes.done) return code
  }
  return acceptRest({ ...action, words: [batch.id] })
}

async function acceptRest({ context, options, words, client }: SuggestionAction): Promise<ExitCode> {
  const id = idIn(words)
  const batch = await client.api.suggestionBatch({ id })
  const rest = batch.size - batch.sample.length
  if (options.yes !== true && !context.io.interactive)
    throw new FettleError('USAGE', `nobody can be asked here whether to accept the rest of ${id}`, {
      hint: 'Add --yes.',
    })
  if (options.yes !== true && !(await confirm(`Accept the other ${rest} of ${id} in one act?`))) {
    context.io.err(`The other ${rest} are not decided.\n`)
    return exitCodes.failed
  }
  const { note } = options
  const done = await client.api.acceptSuggestionBatch({ id, body: note === undefined ? {} : { note } })
  context.result(
    done,
    () =>
      `${done.accepted} accepted in one act; they are no evidence for the rule.${done.skipped.length === 0 ? '' : ` ${done.skipped.length} ${done.skipped.length === 1 ? 'was' : 'were'} not open any more.`}\n`,
  )
  return exitCodes.done
}

async function refuse(
  { context, options, words, client }: SuggestionAction,
  act: 'reject' | 'veto' | 'edit',
): Promise<ExitCode> {
  const reason = refusalReason.safeParse(options.reason)
  if (!reason.success)
    throw new FettleError('USAGE', `${act} needs --reason, one of ${refusalReason.options.join(', ')}`)
  if (act === 'edit' && options.value === undefined)
    throw new FettleError('USAGE', 'edit needs --value, the value instead', {
      hint: 'fettle suggestions edit sug_… --value 0.62 --reason wrong-value',
    })
  const decided = await client.api.decideSuggestion({
    id: idIn(words),
    body: {
      ...{ act, reason: reason.data },
      ...(options.value === undefined ? {} : { value: valueIn(options.value) }),
      ...(options.note === undefined ? {} : { note: options.note }),
      ...(options.batch === undefined ? {} : { batch: options.batch }),
    },
  })
  context.result(decided, () => renderDecided(decided))
  return exitCodes.done
}

async function pace({ context, client }: SuggestionAction): Promise<ExitCode> {
  const found = await client.api.suggestionPace({})
  context.result(found, () => renderPace(found))
  return exitCodes.done
}

function idIn([id]: readonly string[]): string {
  if (id === undefined)
    throw new FettleError('USAGE', 'which one? An id is wanted', { hint: 'fettle suggestions lists them.' })
  return id
}

function numberIn(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new FettleError('USAGE', `${flag} ${text}: a number above 0 is wanted`)
}

/** JSON, or the text itself. */
function valueIn(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
