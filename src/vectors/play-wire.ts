import {
  cellBytes,
  contentChecksum,
  decodeNative,
  encodeNative,
  JsonNumber,
  parseLosslessJson,
  tryDecodeNative,
} from '../kernel/values/index.ts'
import { encodeFeast } from '../serving/index.ts'
import { differs, first } from './compare.ts'
import { type CaseOutcome, failed, type PlayedCase, passed, type VectorObject } from './model.ts'
import { guard } from './play-cases.ts'
import { fieldsOf, list, object, optionalNumber, optionalText, rowsOf, textOf } from './read.ts'

/** Plays kind `wire`: native tokens, canonical cells, accepted inputs and content checksums. */
export async function* playWire(file: VectorObject): AsyncIterable<PlayedCase> {
  for (const each of list(file.get('values'))) {
    const value = object(each)
    const name = `value ${textOf(value.get('type'))} ${textOf(value.get('json'))}`
    yield { name, outcome: await guard(async () => playValue(value)) }
    if (value.has('feast'))
      yield { name: `${name}, feast token`, outcome: await guard(async () => playFeastToken(value)) }
  }
  for (const each of list(file.get('inputs'))) {
    const input = object(each)
    yield {
      name: `input ${textOf(input.get('type'))} ${textOf(input.get('json'))}`,
      outcome: await guard(async () => playInput(input)),
    }
  }
  for (const each of list(file.get('checksums'))) {
    const table = object(each)
    yield {
      name: `checksum ${textOf(table.get('name'))}`,
      outcome: await guard(async () => playChecksum(table)),
    }
  }
}

function outcome(difference: string | undefined): CaseOutcome {
  return difference === undefined ? passed : failed(difference)
}

function playValue(json: VectorObject): CaseOutcome {
  const [type, token] = [textOf(json.get('type')), textOf(json.get('json'))]
  const value = decodeNative(type, parseLosslessJson(token))
  return outcome(
    first(
      differs('token', encodeNative(type, value), token),
      differs('cell', cellBytes(type, value).toString('hex'), textOf(json.get('cell'))),
    ),
  )
}

function playFeastToken(json: VectorObject): CaseOutcome {
  const type = textOf(json.get('type'))
  const value = decodeNative(type, parseLosslessJson(textOf(json.get('json'))))
  return outcome(differs('feast token', encodeFeast(type, value), textOf(json.get('feast'))))
}

function playInput(json: VectorObject): CaseOutcome {
  const type = textOf(json.get('type'))
  const value = tryDecodeNative(type, parseLosslessJson(textOf(json.get('json'))))
  const accepted = json.get('accepted') === true
  if (value === undefined || !accepted) return outcome(differs('accepted', value !== undefined, accepted))
  const written = json.get('value')
  if (written === undefined) return passed
  const wanted = written instanceof JsonNumber ? written.text : optionalText(written)
  const found = encodeNative(type, value)
  return outcome(
    differs(
      'value',
      typeof written === 'string' && found.startsWith('"') ? JSON.parse(found) : found,
      wanted,
    ),
  )
}

function playChecksum(json: VectorObject): CaseOutcome {
  const fields = fieldsOf(json.get('columns'))
  const checksum = contentChecksum(fields, optionalNumber(json.get('chunk')))
  checksum.addRows(rowsOf(fields, json.get('rows')).rows)
  return outcome(differs('checksum', checksum.digest(), textOf(json.get('checksum'))))
}
