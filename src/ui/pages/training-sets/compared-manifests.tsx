import type { ReactNode } from 'react'
import type { TrainingSet } from '../../../api/training-sets.ts'
import { Hash } from '../../components/hash.tsx'
import { Icon } from '../../components/icons.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount } from '../../format.ts'

const nameOf = ({ name, number }: TrainingSet) => `${name}@v${number}`

interface Line {
  readonly what: string
  readonly left: ReactNode
  readonly right: ReactNode
  readonly same: boolean
}

/** Everything the two manifests say, and whether it is the same. */
export function ComparedManifests({ left, right }: { left: TrainingSet; right: TrainingSet }) {
  const lines = linesOf(left, right)
  return (
    <Panel
      title={left.checksum === right.checksum ? 'The same rows with the same values' : 'What differs'}
      aside={`${lines.filter(line => !line.same).length} of ${lines.length} differ`}
    >
      <SimpleTable
        label="What differs"
        head={['What', nameOf(left), nameOf(right), '']}
        rows={lines.map(line => [
          line.what,
          line.left,
          line.right,
          <Same key="same" same={line.same} words={['same', 'differs']} />,
        ])}
      />
    </Panel>
  )
}

export function Same({ same, words }: { same: boolean; words: readonly [same: string, other: string] }) {
  return (
    <span className={`state tone-${same ? 'idle' : 'warn'}`}>
      <Icon name={same ? 'equal' : 'slash'} size={14} />
      {words[same ? 0 : 1]}
    </span>
  )
}

function linesOf(left: TrainingSet, right: TrainingSet): readonly Line[] {
  return [
    line('Checksum', [left.checksum, right.checksum], value => <Hash value={value} />),
    line('Definition', [left.definition, right.definition], value => <Hash value={value} />),
    line('As of', [left.asOf, right.asOf], value => <Time at={value} />),
    line('Engine', [left.engine, right.engine]),
    count('Rows', left.rows, right.rows),
    count('Rows of the spine', left.spineRows, right.spineRows),
    ...counts('Split', left.splits, right.splits),
    ...counts('Left out', left.excluded, right.excluded),
    ...versions(left.sources, right.sources),
    ...columns(left, right),
  ]
}

const absent = <span className="muted">none</span>

function line(
  what: string,
  [left, right]: readonly [string | undefined, string | undefined],
  show: (value: string) => ReactNode = value => value,
): Line {
  return {
    what,
    left: left ? show(left) : absent,
    right: right ? show(right) : absent,
    same: left === right,
  }
}

function count(what: string, left: number, right: number): Line {
  return { what, left: formatCount(left), right: formatCount(right), same: left === right }
}

type Counts = Readonly<Record<string, number>>

function counts(what: string, left: Counts, right: Counts): readonly Line[] {
  return keysOf(left, right).map(key =>
    count(`${what}: ${key.replaceAll('_', ' ')}`, left[key] ?? 0, right[key] ?? 0),
  )
}

function versions(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>) {
  return keysOf(left, right).map(key =>
    line(`Source: ${key}`, [left[key], right[key]], value => <Hash value={value} />),
  )
}

/** Columns that only one of them has, or that changed type. Those in common are one line. */
function columns(left: TrainingSet, right: TrainingSet): readonly Line[] {
  const types = (set: TrainingSet) =>
    Object.fromEntries(set.columns.map(column => [column.name, column.type]))
  const [a, b] = [types(left), types(right)]
  const names = keysOf(a, b)
  const moved = names.filter(name => a[name] !== b[name])
  const shared = names.length - moved.length
  return [
    { what: 'Columns in common', left: shared, right: shared, same: true },
    ...moved.map(name => line(`Column: ${name}`, [a[name], b[name]])),
  ]
}

function keysOf(left: object, right: object): readonly string[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted()
}
