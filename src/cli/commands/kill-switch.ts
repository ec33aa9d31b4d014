import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'

export interface KillSwitchOptions {
  readonly from?: string
  readonly level?: 'challengers' | 'model' | 'closed' | 'lift'
}

const told = {
  challengers: 'only the champion answers',
  model: 'the fallback answers',
  closed: 'every prediction is refused',
  lift: 'the model answers',
} as const

/** On the host that serves; no server need run. */
export const run: Command<KillSwitchOptions> = async (context, { level, from }, deployment = '') => {
  if (level === undefined)
    throw new FettleError('USAGE', 'kill-switch needs a level', {
      hint: `fettle kill-switch ${deployment} --level challengers|model|closed|lift`,
    })
  if (from !== undefined && level !== 'model')
    throw new FettleError(
      'USAGE',
      '--from names a link of the fallback chain, which answers at level model',
      {
        hint: `fettle kill-switch ${deployment} --level model --from ${from}`,
      },
    )
  const { killSwitch } = await import('../../platform.ts')
  await killSwitch(context.folder, deployment, { level, ...(from === undefined ? {} : { from }) })
  context.result(
    { deployment, level, ...(from === undefined ? {} : { from }) },
    () => `${deployment}: ${told[level]}, within a second.\n`,
  )
  if (level !== 'lift' && !context.json)
    context.io.err(`Undo it: fettle kill-switch ${deployment} --level lift\n`)
  return exitCodes.done
}
