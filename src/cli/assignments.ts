import type { z } from 'zod'
import type { json } from '../api/common.ts'
import { FettleError } from '../kernel/errors/index.ts'

type JsonValue = z.infer<typeof json>

/** `name=value` words; values are JSON where they parse as such, else text. Throws USAGE. */
export function parseAssignments(words: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(
    words.map(word => {
      const [name, value] = splitAssignment(word)
      return [name, jsonOrText(value)]
    }),
  )
}

function splitAssignment(word: string): readonly [string, string] {
  const at = word.indexOf('=')
  if (at < 1)
    throw new FettleError('USAGE', `"${word}" is not name=value`, {
      hint: 'Write every value as name=value, for example origin=JFK.',
    })
  return [word.slice(0, at), word.slice(at + 1)]
}

function jsonOrText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

export interface RequestField {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
}

/** One row for predict from `name=value` words, each value read as its field's type. Throws USAGE naming the field. */
export function parseRow(
  words: readonly string[],
  fields: readonly RequestField[],
): Record<string, JsonValue> {
  const byName = new Map(fields.map(field => [field.name, field]))
  return Object.fromEntries(
    words.map(word => {
      const [name, text] = splitAssignment(word)
      const field = byName.get(name)
      if (field === undefined) {
        throw new FettleError('USAGE', `${name} is not a field of this deployment`, {
          hint: `Its fields are ${fields.map(known => known.name).join(', ')}.`,
        })
      }
      return [name, fieldValue(field, text)]
    }),
  )
}

function fieldValue({ name, type }: RequestField, text: string): JsonValue {
  if (text === 'null') return null
  switch (type) {
    case 'bool':
      if (text === 'true' || text === 'false') return text === 'true'
      throw wrongValue({ name, text, wanted: 'true or false' })
    case 'int64':
      if (!/^-?\d+$/.test(text)) throw wrongValue({ name, text, wanted: 'a whole number' })
      return Number.isSafeInteger(Number(text)) ? Number(text) : text
    case 'float64':
    case 'float32':
      if (text.trim() === '' || !Number.isFinite(Number(text)))
        throw wrongValue({ name, text, wanted: 'a number' })
      return Number(text)
    default:
      return text
  }
}

function wrongValue({
  name,
  text,
  wanted,
}: {
  readonly name: string
  readonly text: string
  readonly wanted: string
}): FettleError {
  const comma = /^-?\d+,\d+$/.test(text) ? ' Write decimals with a point.' : ''
  return new FettleError('USAGE', `${name}="${text}" is not ${wanted}`, {
    hint: `${name} takes ${wanted}, or null.${comma}`,
  })
}
