import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'

export interface KillSwitchOptions {
  readonly level?: 'model' | 'closed' | 'lift'
}

const told = {
  model: 'the fallback answers',
  closed: 'every prediction is refused',
  lift: 'the model answers',
} as const

/** On the host that serves; no server need run. */
export const run: Command<KillSwitchOptions> = async (context, { level }, deployment = '') => {
  if (level === undefined)
    throw new FettleError('USAGE', 'kill-switch needs a level', {
      hint: `fettle kill-switch ${deployment} --level model|closed|lift`,
    })
  const { killSwitch } = await import('../../platform.ts')
  await killSwitch(context.folder, deployment, level)
  context.result({ deployment, level }, () => `${deployment}: ${told[level]}, within a second.\n`)
  if (level !== 'lift' && !context.json)
    context.io.err(`Undo it: fettle kill-switch ${deployment} --level lift\n`)
  return exitCodes.done
}
