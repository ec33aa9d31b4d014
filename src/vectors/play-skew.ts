import { type Answer, classify, createSkewTally, skewVerdict, unexplainedOf } from '../features/index.ts'
import type { Quantity } from '../kernel/statistics/index.ts'
import {
  decodeNative,
  type FeatureStatus,
  JsonNumber,
  type LosslessJson,
  statusLetters,
} from '../kernel/values/index.ts'
import { differs, first } from './compare.ts'
import { type CaseOutcome, failed, type PlayedCase, passed, type VectorObject } from './model.ts'
import { caseName, guard } from './play-cases.ts'
import { list, object, optionalNumber, textOf } from './read.ts'

/** Plays kind `skew`: the class of each pair, the report over them, the verdict. */
export async function* playSkew(file: VectorObject): AsyncIterable<PlayedCase> {
  for (const [index, each] of list(file.get('cases')).entries()) {
    const played = object(each)
    yield { name: caseName(played, index), outcome: await guard(async () => playCase(played)) }
  }
}

function playCase(json: VectorObject): CaseOutcome {
  const type = textOf(json.get('type'))
  const tally = createSkewTally(type)
  for (const each of list(json.get('pairs')).map(object)) {
    const bound = optionalNumber(each.get('bound'))
    const pair = {
      logged: answer(type, each.get('logged'), each.get('loggedStatus')),
      replayed: answer(type, each.get('replayed'), each.get('replayedStatus')),
      lagged: list(each.get('lagged')).map(lagged =>
        answer(type, object(lagged).get('value'), object(lagged).get('status')),
      ),
      ...(bound === undefined ? {} : { bound }),
    }
    tally.add(pair, classify(type, pair))
  }
  const { mismatchRate, smape, lists: _, ...counts } = tally.numbers()
  const expected = object(json.get('expected'))
  const wanted = Object.fromEntries(
    Object.keys(counts).map(name => [name, optionalNumber(expected.get(name))]),
  )
  const minRequests = optionalNumber(json.get('minRequests')) ?? 0
  const verdict = skewVerdict(unexplainedOf(counts), { requests: counts.requests, minRequests })
  const difference = first(
    differs('counts', counts, wanted),
    quantityDiffers('mismatch_rate', mismatchRate, expected.get('mismatch_rate')),
    quantityDiffers('smape', smape, expected.get('smape')),
    differs('verdict', verdict, expected.get('verdict')),
  )
  return difference === undefined ? passed : failed(difference)
}

function answer(type: string, value: LosslessJson | undefined, letter: LosslessJson | undefined): Answer {
  const status = Object.entries(statusLetters).find(([, each]) => each === letter)?.[0]
  if (status === undefined) throw new TypeError(`${String(letter)} is no status`)
  return { value: decodeNative(type, value ?? null), status: status as FeatureStatus }
}

/** Numbers may differ by 1e-12 of their size. */
function quantityDiffers(
  what: string,
  found: Quantity,
  wanted: LosslessJson | undefined,
): string | undefined {
  if (!(wanted instanceof JsonNumber))
    return differs(what, found, { undefined: object(wanted).get('undefined') })
  const number = Number(wanted.text)
  if (typeof found === 'number' && Math.abs(found - number) <= 1e-12 * Math.abs(number)) return undefined
  return differs(what, found, number)
}
