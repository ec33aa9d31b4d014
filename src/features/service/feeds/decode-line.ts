import type { SourceData } from '../../../definitions/model.ts'
import { messageOf } from '../../../kernel/message-of.ts'
import { parseLosslessJson, tryDecodeNative, type Value } from '../../../kernel/values/index.ts'

/** A line as a row of the source, or why it is none. */
export function decodeLine(source: SourceData, text: string): readonly Value[] | string {
  let members: unknown
  try {
    members = parseLosslessJson(text)
  } catch (error) {
    return `it is not JSON: ${messageOf(error)}`
  }
  if (!(members instanceof Map)) return 'it is not an object'
  const unknown = [...members.keys()].find(name => !source.columns.some(column => column.name === name))
  if (unknown !== undefined) return `the source has no column ${JSON.stringify(String(unknown).slice(0, 80))}`
  const row: Value[] = []
  for (const { name, type } of source.columns) {
    if (!members.has(name)) return `column "${name}" is missing`
    const value = tryDecodeNative(type, members.get(name))
    if (value === undefined) return `column "${name}" is not a ${type}`
    row.push(value)
  }
  return row
}
