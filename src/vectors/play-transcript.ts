import { JsonNumber, type LosslessJson, parseLosslessJson } from '../kernel/values/index.ts'
import { differs, first } from './compare.ts'
import {
  type CaseOutcome,
  failed,
  type PlayContext,
  type PlayedCase,
  passed,
  type VectorObject,
} from './model.ts'
import { caseName, guard } from './play-cases.ts'
import { list, object, textOf, texts } from './read.ts'
import { patternDifference, valueAt } from './transcript-pattern.ts'
import {
  repeatedChars,
  type TranscriptAnswer,
  type TranscriptClient,
  transcriptClient,
  withSaved,
} from './transcript-request.ts'

/** Plays the steps of a transcript, one after another, against one server over an empty store. */
export async function* playTranscript(file: VectorObject, context: PlayContext): AsyncIterable<PlayedCase> {
  const server = await context.runtime.startTracking(context.folder)
  const client = transcriptClient(server.url)
  const saved = new Map<string, string>()
  try {
    for (const [index, each] of list(file.get('steps')).entries()) {
      const step = object(each)
      yield { name: caseName(step, index), outcome: await guard(() => playStep(step, client, saved)) }
    }
  } finally {
    client.close()
    await server.close()
  }
}

async function playStep(
  step: VectorObject,
  client: TranscriptClient,
  saved: Map<string, string>,
): Promise<CaseOutcome> {
  const answer = await client.send(object(step.get('request')), saved)
  const body = bodyOf(answer.text)
  for (const [name, path] of object(step.get('save'))) {
    const found = valueAt(body, textOf(path))
    if (found instanceof JsonNumber || typeof found === 'string')
      saved.set(name, typeof found === 'string' ? found : found.text)
  }
  const difference = answerDifference(answer, body, withAllSaved(object(step.get('expect')), saved))
  return difference === undefined ? passed : failed(difference)
}

function bodyOf(text: string): LosslessJson | undefined {
  try {
    return parseLosslessJson(text)
  } catch {
    return undefined
  }
}

function answerDifference(
  { status, headers, text }: TranscriptAnswer,
  body: LosslessJson | undefined,
  expected: VectorObject,
): string | undefined {
  const wanted = expected.get('status')
  const told = object(body)
  const found = wanted instanceof JsonNumber ? differs('status', status, Number(wanted.text)) : undefined
  if (found !== undefined) return `${found}: ${text.slice(0, 300)}`
  const whole = (key: string, value: LosslessJson | undefined, place: string): string | undefined => {
    const pattern = expected.get(key)
    return pattern === undefined ? undefined : patternDifference(value, pattern, place)
  }
  return first(
    whole('error', told.get('error_code'), 'error_code'),
    whole('message', told.get('message'), 'message'),
    whole('json', body, 'body'),
    whole('text', text, 'text'),
    ...[...object(expected.get('pick'))].map(([path, pattern]) =>
      patternDifference(valueAt(body, path), pattern, path),
    ),
    ...texts(expected.get('absent')).map(path =>
      valueAt(body, path) === undefined ? undefined : `${path} is there and should not`,
    ),
    ...[...object(expected.get('headers'))].map(([name, pattern]) =>
      patternDifference(headerOf(headers[name]), pattern, name),
    ),
  )
}

function headerOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}

/** The expectation with saved values in its texts and repeated characters written out. */
function withAllSaved(json: VectorObject, saved: ReadonlyMap<string, string>): VectorObject {
  const inner = (each: LosslessJson): LosslessJson => {
    if (typeof each === 'string') return withSaved(each, saved)
    if (Array.isArray(each)) return each.map(inner)
    if (!(each instanceof Map)) return each
    return (
      repeatedChars(object(each)) ?? new Map([...object(each)].map(([key, value]) => [key, inner(value)]))
    )
  }
  return new Map([...json].map(([key, value]) => [key, inner(value)]))
}
