import type { DemoView } from '../../../api/demo.ts'
import { isObject } from '../../data/json.ts'

/** What the form holds, by field. */
export type Texts = Readonly<Record<string, string>>

/** Stands for a value that is not shown; the server puts the value of the example in its place. */
export const maskText = '•••'

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The form as the address has it, else the example. */
export function startTexts({ fields, example }: Pick<DemoView, 'fields' | 'example'>, row?: string): Texts {
  const kept = row === undefined ? undefined : parsedTexts(row)
  return Object.fromEntries(fields.map(({ name }) => [name, kept?.[name] ?? textOf(example[name])]))
}

/** Texts by field that were written before; undefined for anything else. */
function parsedTexts(text: string): Texts | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value)) return undefined
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, textOf(each)]))
  } catch {
    return undefined
  }
}
