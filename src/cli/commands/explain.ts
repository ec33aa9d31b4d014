import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderDecision } from '../render/decision.ts'
import { renderTrace } from '../render/decisions.ts'
import { renderFeedback } from '../render/feedback.ts'

/** `fettle explain ID`: why a decision came out as it did, and who stands behind it. */
export const run: Command = async (context, _options, id = '') => {
  const { api } = await context.client()
  const [decision, trace, { items: feedback }] = await Promise.all([
    api.decision({ id }),
    api.decisionTrace({ id }),
    api.decisionFeedback({ id }),
  ])
  context.result(
    { ...decision, trace, feedback },
    () => `${renderDecision(decision)}\n${renderTrace(trace)}${said(feedback)}`,
  )
  return exitCodes.done
}

const said = (feedback: Parameters<typeof renderFeedback>[0]): string =>
  feedback.length === 0 ? '' : `\nWhat was said of it:\n${renderFeedback(feedback)}`
