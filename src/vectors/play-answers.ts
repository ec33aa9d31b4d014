import { rolloutCases } from '../deployments/index.ts'
import { explanationCases } from '../evaluation/index.ts'
import { assignmentCases } from '../kernel/assignment.ts'
import type { Json } from '../kernel/canonical.ts'
import { isFettleError } from '../kernel/errors/index.ts'
import {
  boundedTests,
  fairnessCases,
  modelMetricCases,
  monitoringCases,
  releaseStatisticsCases,
  specialCases,
  statisticsCases,
  thresholdCases,
  type VectorInput,
} from '../kernel/statistics/index.ts'
import { servingCases } from '../serving/index.ts'
import { answerDifference, type Tolerance } from './answer-difference.ts'
import {
  type CaseOutcome,
  failed,
  notImplemented,
  type PlayedCase,
  passed,
  type VectorRuntime,
} from './model.ts'
import { guard } from './play-cases.ts'
import { answerCheck } from './play-checks.ts'

/** One case of the statistics and release vectors: arguments in, answers out. */
interface AnswerCase {
  readonly id?: string
  readonly in?: VectorInput
  readonly out?: Json
  readonly tolerance?: Tolerance
}

interface AnswerFile {
  readonly tolerance?: Tolerance
  readonly cases: readonly AnswerCase[]
}

/** Plays files of `{ id, in, out }`. What a case asks is said by `in.test`, or else by the file's name or the id's. */
export async function* playAnswers(
  topic: string,
  { content, runtime }: { readonly content: string; readonly runtime: VectorRuntime },
): AsyncIterable<PlayedCase> {
  const file = JSON.parse(content) as AnswerFile
  if (file.cases.some(each => each.in?.['test'] === 'check')) return yield* playChecks(file, runtime)
  for (const [index, each] of file.cases.entries()) {
    const tolerance = each.tolerance ?? file.tolerance ?? { abs: 0, rel: 0 }
    yield {
      name: each.id ?? `case ${index}`,
      outcome: await guard(async () => playCase(topic, each, tolerance)),
    }
  }
}

/** Checks are answered by an engine, which is opened for the file. */
async function* playChecks(file: AnswerFile, runtime: VectorRuntime): AsyncIterable<PlayedCase> {
  const engine = runtime.createEngine()
  try {
    for (const [index, { id, in: input = {}, out = null, tolerance }] of file.cases.entries()) {
      const bounds = tolerance ?? file.tolerance ?? { abs: 0, rel: 0 }
      yield {
        name: id ?? `case ${index}`,
        outcome: await guard(async () => {
          const difference = answerDifference(await answerCheck(engine, input), out, { tolerance: bounds })
          return difference === undefined ? passed : failed(difference)
        }),
      }
    }
  } finally {
    await engine.close()
  }
}

function playCase(topic: string, { id = '', in: input, out }: AnswerCase, tolerance: Tolerance): CaseOutcome {
  if (input === undefined || out === undefined) return failed('the case has no "in" or no "out"')
  const test = String(input['test'] ?? '')
  const compute =
    servingCases[topic] ??
    servingCases[id.replace(/-\d+$/, '')] ??
    assignmentCases[topic] ??
    rolloutCases[topic] ??
    thresholdCases[topic] ??
    explanationCases[test] ??
    modelMetricCases[test] ??
    fairnessCases[test] ??
    monitoringCases[test] ??
    statisticsCases[test] ??
    specialCases[test] ??
    releaseStatisticsCases[topic] ??
    releaseStatisticsCases[id.replace(/-\d+$/, '')]
  const found = compute === undefined ? undefined : answer(() => compute(input))
  if (found === undefined) return notImplemented(asked(topic, input))
  const difference = answerDifference(found, out, { tolerance, atMost: boundedTests.has(test) })
  return difference === undefined ? passed : failed(difference)
}

/** An error with a code is an answer too. */
function answer(compute: () => unknown): unknown {
  try {
    return compute()
  } catch (error) {
    if (isFettleError(error)) return { error: error.code }
    throw error
  }
}

function asked(topic: string, { test, variant }: VectorInput): string {
  return [test ?? topic, variant].filter(part => part !== undefined).join(', ')
}
