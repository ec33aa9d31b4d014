import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderDecisions, renderLogStatus } from '../render/decisions.ts'

export interface DecisionsOptions {
  readonly status?: boolean
  readonly release?: string
  readonly arm?: 'champion' | 'challenger' | 'control' | 'holdback' | 'pinned'
  readonly kind?: 'online' | 'batch' | 'shadow' | 'reverse-shadow' | 'exercise' | 'demo'
  readonly servedBy?: 'model' | 'fallback' | 'former' | 'rule' | 'value'
  readonly action?: string
  readonly field?: readonly string[]
  readonly since?: string
  readonly until?: string
  readonly minScore?: string
  readonly maxScore?: string
  readonly limit?: string
  readonly cursor?: string
}

/** `fettle decisions [DEPLOYMENT]`: finds decisions; `--status` says where they are. */
export const run: Command<DecisionsOptions> = async (context, options, deployment) => {
  const { api } = await context.client()
  if (options.status === true) {
    const status = await api.decisionLog({})
    context.result(status, () => renderLogStatus(status))
    return exitCodes.done
  }
  const { status: _, field, release, minScore, maxScore, limit, ...texts } = options
  const found = await api.searchDecisions({
    ...texts,
    ...(deployment === undefined ? {} : { deployment }),
    ...(field === undefined ? {} : { fields: fieldsText(field) }),
    ...numbers({ release, minScore, maxScore, limit }),
  })
  context.result(found, () => renderDecisions(found))
  return exitCodes.done
}

function fieldsText(fields: readonly string[]): string {
  return new URLSearchParams(
    fields.map((text): [string, string] => {
      const at = text.indexOf('=')
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
      throw new FettleError('BAD_PARAMETER', `--field ${text}: name=value is wanted`, {
        hint: 'fettle decisions DEPLOYMENT --field origin=SEA',
      })
    }),
  ).toString()
}

function numbers(texts: Readonly<Record<string, string | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [[name, Number(text)]])),
  )
}
