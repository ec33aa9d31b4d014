import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderPurpose } from '../render/release.ts'

export interface PurposeOptions {
  readonly at?: string
}

export const run: Command<PurposeOptions> = async (context, { at }, action = '', name = '', text) => {
  const { api } = await context.client()
  if (action !== 'show' && action !== 'record')
    throw new FettleError('USAGE', `purpose ${action} is not known`, {
      hint: 'fettle purpose show DEPLOYMENT, or fettle purpose record DEPLOYMENT VALUE',
    })
  const followed =
    action === 'show'
      ? await api.purpose({ name })
      : await api.recordPurposeValue({ name, body: { value: numberOf(name, text), ...(at && { at }) } })
  context.result(followed, () => renderPurpose(followed))
  return exitCodes.done
}

function numberOf(name: string, text: string | undefined): number {
  const value = Number(text)
  if (text !== undefined && text.trim() !== '' && Number.isFinite(value)) return value
  throw new FettleError(
    'USAGE',
    text === undefined ? 'what the number came to is missing' : `${text} is not a number`,
    {
      hint: `For example: fettle purpose record ${name} 31 --at 2026-03-01T00:00:00Z`,
    },
  )
}
