import type { PlayedAnswer, Player } from './client.ts'
import { differenceOf } from './compare.ts'
import type { Scenario, Step } from './step.ts'

export interface Difference {
  readonly scenario: string
  readonly index: number
  readonly step: Step
  readonly ours: PlayedAnswer
  readonly theirs: PlayedAnswer
  readonly said: string
}

/** Plays a scenario on both servers, step by step, and answers where they differ. */
export async function replay(
  { name, steps }: Scenario,
  { fettle, mlflow }: { readonly fettle: Player; readonly mlflow: Player },
): Promise<Difference[]> {
  const found: Difference[] = []
  for (const [index, step] of steps.entries()) {
    const [ours, theirs] = await Promise.all([fettle.play(step), mlflow.play(step)])
    const said = differenceOf({ answer: ours, saved: fettle.saved }, { answer: theirs, saved: mlflow.saved })
    if (said !== undefined) found.push({ scenario: name, index, step, ours, theirs, said })
  }
  return found
}
