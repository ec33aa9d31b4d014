import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vectorRuntime } from '../../../src/platform/vector-runtime.ts'
import { startMlflow } from '../../services/mlflow.ts'
import { reasonFor } from './allowed.ts'
import { openPlayer } from './client.ts'
import { type Difference, replay } from './replay.ts'
import { scenariosOf } from './scenarios.ts'

interface Differential {
  /** Requests that both servers were sent. */
  readonly played: number
  /** Why answers differ, with how many do. */
  readonly explained: ReadonlyMap<string, number>
  /** Differences for no known reason. */
  readonly defects: readonly Difference[]
}

/** Plays what a seed gives to MLflow's own server and to Fettle, both over empty stores of their own. */
export async function differential({
  seed,
  size,
  only = '',
}: {
  readonly seed: number
  readonly size: number
  /** Part of the names of the scenarios that are played; the others are left out. */
  readonly only?: string
}): Promise<Differential> {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-differential-'))
  const [mlflow, fettle] = await Promise.all([
    startMlflow(folder),
    vectorRuntime.startTracking(join(folder, 'fettle')),
  ])
  const players = { fettle: openPlayer(fettle.url), mlflow: openPlayer(mlflow.url) }
  const explained = new Map<string, number>()
  const defects: Difference[] = []
  let played = 0
  try {
    for (const scenario of scenariosOf(seed, size)) {
      if (!scenario.name.includes(only)) continue
      played += scenario.steps.length
      for (const difference of await replay(scenario, players)) {
        const reason = reasonFor(difference)
        if (reason === undefined) defects.push(difference)
        else explained.set(reason, (explained.get(reason) ?? 0) + 1)
      }
    }
  } finally {
    for (const player of Object.values(players)) player.close()
    await Promise.all([fettle.close(), mlflow.stop()])
    await rm(folder, { recursive: true, force: true })
  }
  return { played, explained, defects }
}
