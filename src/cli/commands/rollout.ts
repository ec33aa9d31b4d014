import type { RolloutView } from '../../api/rollouts.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderRollout, renderRollouts } from '../render/rollout.ts'

export interface RolloutOptions {
  readonly release?: string
  readonly modelVersion?: string
  readonly rollout?: string
  readonly to?: string
  readonly reason?: string
  readonly as?: string
}

type Call = { readonly context: CommandContext; readonly options: RolloutOptions; readonly name: string }
type Event = 'step_up' | 'step_down' | 'hold' | 'resume' | 'abort' | 'roll_back'

const events: Readonly<Record<string, Event>> = {
  hold: 'hold',
  resume: 'resume',
  abort: 'abort',
  rollback: 'roll_back',
}

/** Files are copied and scorers started before a rollout begins. */
const deadlineMs = 60_000
const watchEveryMs = 1_000

export const run: Command<RolloutOptions> = async (context, options, action = '', name = '', more) => {
  if (action === 'incident' && name === 'close' && more)
    return closeIncident({ context, options, name: more })
  const call = { context, options, name }
  if (action in events) return move(call, events[action] as Event)
  switch (action) {
    case 'list':
      return list(call)
    case 'show':
      return show(call, await read(call))
    case 'start':
      return start(call)
    case 'step':
      return move(call, options.to === undefined ? 'step_up' : await stepTo(call))
    case 'promote':
      return promote(call)
    case 'approve':
      return approve(call)
    case 'watch':
      return watch(call)
    default:
      throw new FettleError('USAGE', `rollout ${action} is not known`, {
        hint: 'fettle rollout list, show, start, step, promote, approve, hold, resume, abort, rollback or watch DEPLOYMENT; fettle rollout incident close DEPLOYMENT',
      })
  }
}

const idOf = ({ rollout }: RolloutOptions): string => rollout ?? 'latest'

async function list({ context, name }: Call): Promise<ExitCode> {
  const view = await (await context.client()).api.rollouts({ name })
  context.result(view, () => renderRollouts(view))
  return exitCodes.done
}

async function read({ context, options, name }: Call): Promise<RolloutView> {
  return (await context.client()).api.rollout({ name, id: idOf(options) })
}

async function show({ context, name }: Call, view: RolloutView): Promise<ExitCode> {
  const { traffic } = await (await context.client()).api.rollouts({ name })
  context.result(view, () => renderRollout(view, traffic, context.io.paint))
  return exitCodes.done
}

async function start(call: Call): Promise<ExitCode> {
  const { context, options, name } = call
  const release = whole(options.release, '--release')
  const version = whole(options.modelVersion, '--model-version')
  const { api } = await context.client({ deadlineMs })
  const body = {
    reason: reasonOf(options, `start ${name}`),
    ...(release === undefined ? {} : { release }),
    ...(version === undefined ? {} : { version }),
  }
  return show(call, await api.startRollout({ name, body }))
}

async function stepTo(call: Call): Promise<Event> {
  const { weight } = await read(call)
  return Number(call.options.to) < weight ? 'step_down' : 'step_up'
}

async function move(call: Call, event: Event): Promise<ExitCode> {
  const { context, options, name } = call
  const weight = options.to === undefined ? undefined : Number(options.to)
  if (weight !== undefined && !(weight > 0 && weight <= 100))
    throw new FettleError('USAGE', `--to ${options.to} is no percent`)
  const body = {
    ...{ event, reason: reasonOf(options, `${event} ${name}`) },
    ...(weight === undefined ? {} : { weight }),
  }
  const { api } = await context.client({ deadlineMs })
  return show(call, await api.rolloutEvent({ name, id: idOf(options), body }))
}

/** Whatever comes next on the way to champion. */
async function promote(call: Call): Promise<ExitCode> {
  const { context, options, name } = call
  const view = await read(call)
  const forward = new Set(['start_shadow', 'start_canary', 'step_up', 'start_probation', 'confirm'])
  const next = view.next.find(({ event }) => forward.has(event))
  if (next === undefined)
    throw new FettleError('ILLEGAL_TRANSITION', `nothing comes next: the rollout is ${view.state}`, {
      hint: `Allowed now: ${view.next.map(({ event }) => event).join(', ') || 'nothing'}.`,
    })
  const event = next.event as Event
  const body = { event, reason: reasonOf(options, `promote ${name}`) }
  const { api } = await context.client({ deadlineMs })
  return show(call, await api.rolloutEvent({ name, id: view.id, body }))
}

async function approve(call: Call): Promise<ExitCode> {
  const { context, options, name } = call
  const { api } = await context.client(options.as === undefined ? {} : { principal: options.as })
  return show(call, await api.approveRollout({ name, id: idOf(options), body: {} }))
}

async function closeIncident({ context, options, name }: Call): Promise<ExitCode> {
  const body = { reason: reasonOf(options, `incident close ${name}`) }
  const view = await (await context.client()).api.closeIncident({ name, body })
  context.result(view, () => renderRollouts(view))
  return exitCodes.done
}

/** Shows it anew whenever something has changed, until it has ended or somebody presses Ctrl-C. */
async function watch(call: Call): Promise<ExitCode> {
  const { context } = call
  let interrupted = false
  const release = context.onInterrupt(() => {
    interrupted = true
  })
  let shown = ''
  try {
    while (!interrupted) {
      const view = await read(call)
      const now = JSON.stringify([view.state, view.weight, view.rows.length, view.look, view.outlook])
      if (now !== shown) {
        shown = now
        await show(call, view)
      }
      if (view.endedAt !== null || view.state === 'champion') return exitCodes.done
      await new Promise(resolve => setTimeout(resolve, watchEveryMs))
    }
    return exitCodes.interrupted
  } finally {
    release()
  }
}

function reasonOf({ reason }: RolloutOptions, what: string): string {
  if (reason !== undefined && reason.trim() !== '') return reason
  throw new FettleError('USAGE', 'it needs --reason: it is kept in the log', {
    hint: `For example: fettle rollout ${what.replace('_', '-')} --reason "checked with operations"`,
  })
}

function whole(text: string | undefined, option: string): number | undefined {
  const number = text === undefined ? undefined : Number(text)
  if (number === undefined || (Number.isInteger(number) && number > 0)) return number
  throw new FettleError('USAGE', `${option} ${text} is not a number from 1`)
}
