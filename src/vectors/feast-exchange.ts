import { JsonNumber, type LosslessJson, parseLosslessJson } from '../kernel/values/index.ts'
import { differs, first } from './compare.ts'
import type { VectorObject } from './model.ts'
import { list, object, optionalText, textOf } from './read.ts'

/** Sends the request of one exchange and says how the answer differs from the one expected. */
export async function playExchange(base: string, exchange: VectorObject): Promise<string | undefined> {
  const request = object(exchange.get('request'))
  const body = optionalText(request.get('bodyText')) ?? sentBody(request)
  const response = await fetch(`${base}${textOf(request.get('path'))}`, {
    method: textOf(request.get('method')),
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  })
  const answer: Answer = {
    status: response.status,
    text: await response.text(),
    header: name => response.headers.get(name),
  }
  return answerDifference(answer, object(exchange.get('response')))
}

function sentBody(request: VectorObject): string | undefined {
  return request.has('body') ? write(request.get('body'), token => token, 'as written') : undefined
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly header: (name: string) => string | null
}

function answerDifference(answer: Answer, expected: VectorObject): string | undefined {
  const { text } = answer
  return first(
    differs('status', String(answer.status), write(expected.get('status'))),
    expected.has('body') ? bodyDifference(text, expected.get('body') ?? null) : undefined,
    expected.has('bodyText') ? tokensDifference(text, textOf(expected.get('bodyText'))) : undefined,
    expected.has('errorClass')
      ? differs('error class', classOf(text), expected.get('errorClass'))
      : undefined,
    expected.has('detailLoc')
      ? differs('loc', write(locOf(text)), write(expected.get('detailLoc')))
      : undefined,
    ...[...object(expected.get('headers'))].map(([name, value]) =>
      differs(name, canonical(answer.header(name)), canonical(textOf(value))),
    ),
  )
}

/** Equal as JSON value: numbers by what they stand for. */
function bodyDifference(text: string, expected: LosslessJson): string | undefined {
  return differs('body', write(parseLosslessJson(text), numberValue), write(expected, numberValue))
}

/** Equal token by token: blanks and the order of keys do not matter. */
function tokensDifference(text: string, expected: string): string | undefined {
  if (text === '' || expected === '') return differs('body', text, expected)
  return differs('body', write(parseLosslessJson(text)), write(parseLosslessJson(expected)))
}

function classOf(text: string): string | undefined {
  const inner = parseLosslessJson(text)
  return typeof inner === 'string' ? optionalText(object(parseLosslessJson(inner)).get('class')) : undefined
}

function locOf(text: string): LosslessJson | undefined {
  return object(list(object(parseLosslessJson(text)).get('detail'))[0]).get('loc')
}

function canonical(text: string | null): string | null {
  return text === null ? null : write(parseLosslessJson(text), numberValue)
}

/** Whole numbers of any notation by their digits, others as doubles; −0 is not 0. */
function numberValue(token: string): string {
  if (/^-?\d+$/.test(token)) return token === '-0' ? '-0' : String(BigInt(token))
  const value = Number(token)
  if (Object.is(value, -0)) return '-0'
  return Number.isInteger(value) ? String(BigInt(value)) : String(value)
}

/** As JSON; for comparison the keys of objects are sorted by name. */
function write(
  json: LosslessJson | undefined,
  number: (token: string) => string = token => token,
  order: 'by name' | 'as written' = 'by name',
): string {
  const inner = (each: LosslessJson): string => write(each, number, order)
  if (json instanceof JsonNumber) return number(json.text)
  if (Array.isArray(json)) return `[${json.map(inner).join(',')}]`
  if (!(json instanceof Map)) return JSON.stringify(json ?? null)
  const members = [...(json as ReadonlyMap<string, LosslessJson>)]
  if (order === 'by name') members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${inner(value)}`).join(',')}}`
}
