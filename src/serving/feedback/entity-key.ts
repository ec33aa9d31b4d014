import type { Value } from '../../kernel/values/model.ts'

/**
 * The entity keys of a row as one text, by which feedback finds decisions: the same for equal keys, in the order the
 * release lists them. Undefined where a key is missing, or there is none.
 */
export function entityKeyText(
  request: readonly { readonly name: string; readonly role: 'key' | 'request' }[],
  entity: Readonly<Record<string, Value>>,
): string | undefined {
  const parts = request.filter(({ role }) => role === 'key').map(({ name }) => entity[name] ?? null)
  if (parts.length === 0 || parts.includes(null)) return undefined
  return JSON.stringify(
    parts.map(part => (part instanceof Uint8Array ? Buffer.from(part).toString('base64') : String(part))),
  )
}
