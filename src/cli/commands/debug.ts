import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderReplay } from '../render/decisions.ts'

/** `fettle debug predict ID`: does a decision again; a line that differs makes the command fail. */
export const run: Command = async (context, _options, what = '', id = '') => {
  if (what !== 'predict')
    throw new FettleError('BAD_PARAMETER', `fettle debug does not ${what}`, {
      hint: 'fettle debug predict PREDICTION_ID',
    })
  const replay = await (await context.client()).api.decisionReplay({ id })
  context.result(replay, () => renderReplay(replay))
  return replay.lines.some(line => line.outcome === 'differs') ? exitCodes.failed : exitCodes.done
}
