import { join } from 'node:path'
import { type MlflowLine, runMlflow } from '../services/mlflow.ts'
import { type RecordedCall, startRecorder } from './recorder.ts'

/** How a step of scenario.py ended. Times are milliseconds since 1970; `error` is a traceback. */
export interface ScenarioStep {
  readonly step: string
  readonly from: number
  readonly to: number
  readonly error: string | null
}

export interface ScenarioReport {
  readonly steps: readonly ScenarioStep[]
  readonly calls: readonly RecordedCall[]
  /** The last words of the client, for a scenario that broke off. */
  readonly lastWords: string
}

/**
 * Plays the steps of scenario.py with a line's unmodified packages against a server, and records what they asked. `parts`
 * names modules of steps, all when left out.
 */
export async function playScenario(
  line: MlflowLine,
  { url, own = false, parts }: { readonly url: string; readonly own?: boolean; readonly parts?: string },
): Promise<ScenarioReport> {
  const recorder = await startRecorder(url)
  try {
    const { out, err } = await runMlflow(line, [join(import.meta.dirname, 'scenario.py')], {
      MLFLOW_TRACKING_URI: recorder.url,
      SCENARIO_SERVER: own ? 'mlflow' : 'fettle',
      ...(parts === undefined ? {} : { SCENARIO_PARTS: parts }),
    })
    const steps = out
      .split('\n')
      .filter(text => text.startsWith('@step '))
      .map(text => JSON.parse(text.slice('@step '.length)) as ScenarioStep)
    return { steps, calls: [...recorder.calls], lastWords: err.slice(-3_000) }
  } finally {
    await recorder.close()
  }
}

/** Milliseconds of a step in which a call of its was under way: those at the same time count once. */
export function serverTime(step: ScenarioStep, calls: readonly RecordedCall[]): number {
  const own = calls.filter(({ from }) => from >= step.from && from <= step.to).sort((a, b) => a.from - b.from)
  let [total, reached] = [0, 0]
  for (const { from, ms } of own) {
    total += Math.max(0, from + ms - Math.max(from, reached))
    reached = Math.max(reached, from + ms)
  }
  return total
}
