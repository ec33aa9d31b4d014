import type { Services } from './services.ts'

/** What rows of a training set say of a field of the request. */
interface FieldProfile {
  readonly range: { readonly from: number; readonly to: number } | null
  readonly choices: readonly string[] | null
}

interface DemoProfile {
  readonly rows: number
  readonly fields: Readonly<Record<string, FieldProfile>>
}

const profiledRows = 2_000
const mostChoices = 200

type Rooms = Pick<Services, 'catalog' | 'trainingSets'>

/** Ranges and choices by field, from the first rows of the newest stored training set behind a model; a set is read once. */
export function demoProfiles({ catalog, trainingSets }: Rooms) {
  const read = new Map<string, Promise<DemoProfile>>()
  return async (model: string, fields: readonly string[]): Promise<DemoProfile | null> => {
    const { definition } = await catalog.getDefinition('model', model)
    const { trainingSet } = definition as { readonly trainingSet?: string }
    if (trainingSet === undefined) return null
    const [set] = await trainingSets.list(trainingSet)
    if (!set || !(await trainingSets.isStored(set))) return null
    const known = new Set(set.manifest.columns.map(({ name }) => name))
    const columns = fields.filter(name => known.has(name))
    if (columns.length === 0) return null
    const key = `${set.id} ${columns.join(' ')}`
    const profile =
      read.get(key) ??
      trainingSets.read(set.id, { format: 'jsonl', columns, from: 0, to: profiledRows }).then(profileOf)
    read.set(key, profile)
    return profile
  }
}

function profileOf(lines: Uint8Array): DemoProfile {
  const rows = Buffer.from(lines)
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>)
  const names = Object.keys(rows[0] ?? {})
  const fields = names.map(name => [name, fieldProfile(rows.map(row => row[name]))] as const)
  return { rows: rows.length, fields: Object.fromEntries(fields) }
}

function fieldProfile(values: readonly unknown[]): FieldProfile {
  const numbers = values.filter(value => typeof value === 'number')
  const texts = values.filter(value => typeof value === 'string')
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  const choices = [...counts].sort((one, other) => other[1] - one[1]).map(([text]) => text)
  return {
    range: numbers.length === 0 ? null : rangeOf(numbers),
    choices: choices.length === 0 || choices.length > mostChoices ? null : choices,
  }
}

function rangeOf(numbers: readonly number[]): { from: number; to: number } | null {
  const [from, to] = numbers.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ) as [number, number]
  return from < to ? { from, to } : null
}
