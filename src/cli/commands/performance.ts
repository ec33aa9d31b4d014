import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderPerformance } from '../render/feedback.ts'

export interface PerformanceOptions {
  readonly asKnownAt?: string
  readonly since?: string
}

/** Realised metrics by release, arm and slice. */
export const run: Command<PerformanceOptions> = async (context, { asKnownAt, since }, name = '') => {
  const { api } = await context.client()
  const found = await api.performance({
    name,
    ...(asKnownAt === undefined ? {} : { asKnownAt }),
    ...(since === undefined ? {} : { since }),
  })
  context.result(found, () => renderPerformance(found))
  return exitCodes.done
}
