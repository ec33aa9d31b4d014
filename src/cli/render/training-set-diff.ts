import type { TrainingSet } from '../../api/training-sets.ts'
import { plural } from './text.ts'

/** A stored set with the content checksum of each of its columns, as read back. */
export interface VerifiedSet {
  readonly set: TrainingSet
  readonly columns: Readonly<Record<string, string>>
}

/** In what two stored sets differ, one line each; nothing when they hold the same. */
export function compareSets(a: VerifiedSet, b: VerifiedSet): readonly string[] {
  if (a.set.checksum === b.set.checksum) return []
  return [...rowLines(a, b), ...columnLines(a, b), ...originLines(a.set, b.set)]
}

function rowLines(a: VerifiedSet, b: VerifiedSet): readonly string[] {
  const frame = a.set.columns.filter(({ role }) => role !== 'feature').map(({ name }) => name)
  const shared = frame.filter(name => Object.hasOwn(b.columns, name))
  const same = shared.length > 0 && shared.every(name => a.columns[name] === b.columns[name])
  if (same)
    return [
      `the same ${plural(a.set.rows, 'row')} with the same ${shared.join(', ')}: models can be compared on them`,
    ]
  const counts = a.set.rows === b.set.rows ? [] : [`rows: ${a.set.rows} and ${b.set.rows}`]
  const moved = shared.filter(name => a.columns[name] !== b.columns[name])
  return [...counts, `other rows: ${moved.join(', ')} ${moved.length === 1 ? 'differs' : 'differ'}`]
}

function columnLines(a: VerifiedSet, b: VerifiedSet): readonly string[] {
  const features = (each: VerifiedSet) =>
    each.set.columns.filter(({ role }) => role === 'feature').map(({ name }) => name)
  const [left, right] = [features(a), features(b)]
  const only = (names: readonly string[], others: readonly string[], set: TrainingSet) => {
    const found = names.filter(name => !others.includes(name))
    return found.length === 0 ? [] : [`only in ${nameOf(set)}: ${found.join(', ')}`]
  }
  const shared = left.filter(name => right.includes(name))
  const other = shared.filter(name => a.columns[name] !== b.columns[name])
  return [
    ...only(left, right, a.set),
    ...only(right, left, b.set),
    ...(other.length === 0 ? [] : [`other values: ${other.join(', ')}`]),
    ...(shared.length === other.length
      ? []
      : [`equal values: ${shared.filter(name => !other.includes(name)).join(', ')}`]),
  ]
}

function originLines(a: TrainingSet, b: TrainingSet): readonly string[] {
  const sources = [...new Set([...Object.keys(a.sources), ...Object.keys(b.sources)])]
  const moved = sources.filter(name => a.sources[name] !== b.sources[name])
  return [
    ...(a.definition === b.definition ? [] : ['made from other definitions']),
    ...(a.asOf === b.asOf ? [] : [`as of ${a.asOf} and ${b.asOf}`]),
    ...(moved.length === 0 ? [] : [`other versions of sources: ${moved.join(', ')}`]),
    ...(a.engine === b.engine ? [] : [`built by ${a.engine} and ${b.engine}`]),
  ]
}

function nameOf({ name, number }: TrainingSet): string {
  return `${name}@v${number}`
}
