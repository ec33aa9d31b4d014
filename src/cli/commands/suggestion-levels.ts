import { autonomyLevel, type LevelAct } from '../../api/suggestions.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderHistory, renderLevels } from '../render/suggestion-levels.ts'
import type { SuggestionAction } from './suggestions.ts'

/** How far rules may go by themselves: shown, told of, changed. */
export function runAutonomyAction(
  name: 'levels' | 'history' | LevelAct,
): (action: SuggestionAction) => Promise<ExitCode> {
  if (name === 'levels') return levels
  if (name === 'history') return history
  return action => change(action, name)
}

async function levels({ context, options, client }: SuggestionAction): Promise<ExitCode> {
  const { subject } = options
  const found = await client.api.autonomy(subject === undefined ? {} : { subject })
  context.result(found, () => renderLevels(found.items))
  return exitCodes.done
}

async function history({ context, words, client }: SuggestionAction): Promise<ExitCode> {
  const found = await client.api.autonomyHistory(keyIn(words))
  context.result(found, () => renderHistory(found.items))
  return exitCodes.done
}

async function change(
  { context, options, words, client }: SuggestionAction,
  act: LevelAct,
): Promise<ExitCode> {
  const to = options.to === undefined ? undefined : autonomyLevel.safeParse(options.to)
  if (to?.success === false)
    throw new FettleError('USAGE', `--to ${options.to}: one of ${autonomyLevel.options.join(', ')}`)
  if (options.reason === undefined && act !== 'switch-on')
    throw new FettleError('USAGE', `${act} needs --reason: it is kept with the change of autonomy`)
  const changed = await client.api.changeAutonomy({
    body: {
      ...{ ...keyIn(words), act },
      ...(to === undefined ? {} : { to: to.data }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    },
  })
  context.result(changed, () => renderLevels([changed]))
  return exitCodes.done
}

function keyIn([subject, rule, segmentClass = '']: readonly string[]) {
  if (subject === undefined || rule === undefined)
    throw new FettleError('USAGE', 'which rule? A subject, a rule and its class are wanted', {
      hint: 'fettle suggestions levels lists them: fettle suggestions history deployment:late fpr airport',
    })
  return { subject, rule, segmentClass }
}
